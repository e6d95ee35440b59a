#include "trainer.h"

#include <numeric>
#include <string>
#include <utility>

#include "arguments.h"
#include "custom_loss.h"
#include "dataset.h"
#include "loss.h"
#include "optimizer.h"
#include "training/online.h"

namespace glissade {
namespace {

TrainerOptions trainerOptionsOf(const Argument& options) {
  TrainerOptions result;
  result.scoring = scoringOf(options["loss"], options["accuracy"].flag());
  result.optimizer = optimizerOptionsOf(options["optimizer"]);
  for (const Argument& item : options["tensors"].items()) {
    const size_t group = item["group"].size();
    if (group >= result.optimizer.rules.size())
      throw Error("ERR_OUT_OF_RANGE", item.name() + ".group is " + std::to_string(group) + ", but there are " +
                                          std::to_string(result.optimizer.rules.size()) + " rules");
    result.tensors.push_back({group, item["frozen"].flag(), item["mayBeSparse"].flag()});
  }
  result.usesSam = options["usesSam"].flag();
  result.skipsNonFinite = options["skipsNonFinite"].flag();
  result.accumulate = std::max<size_t>(1, options["accumulate"].size());
  result.mayResume = options["mayResume"].flag();
  result.seed = options["seed"].wholeNumber();
  return result;
}

/// Makes `table` refer to the memory of an array, for as long as that is lent.
void lend(Table& table, const Borrowed& array, const char* name, size_t columns, double scale) {
  checkRows(array, name, columns);
  table = {formatOf(array, name), array.length / columns, columns, scale,
           std::shared_ptr<const void>(std::shared_ptr<void>(), array.data)};
  if (table.rows > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", std::string(name) + " has more than 2^32 - 1 rows");
}

}  // namespace

Napi::Function TrainerBinding::define(Napi::Env env) {
  return defineClass(env,
                     {method<&TrainerBinding::Step>("step"), method<&TrainerBinding::StepOn>("stepOn"),
                      method<&TrainerBinding::StepsOfRun>("stepsOfRun"), method<&TrainerBinding::Dispose>("dispose")});
}

// new Trainer(network, { loss, accuracy, optimizer, tensors, … }, memory: Float64Array): the memory is shared; it holds
// the results, and after them the record of the next step.
TrainerBinding::TrainerBinding(const Napi::CallbackInfo& info) : Handle(info), env_(info.Env()) {
  guarded(env_, [&] {
    const Argument given(info, 1, "options");
    TrainerOptions options = trainerOptionsOf(given);
    const Argument precision = given["precision"];
    NetworkBinding::from({info, 0, "network"}).visit([&]<typename Real>(Model<Real>& model) {
      model.checkBound();
      if (options.tensors.size() != model.network->tensors().size())
        throw Error("ERR_SHAPE", "options.tensors has " + std::to_string(options.tensors.size()) +
                                     " elements, but the network has " +
                                     std::to_string(model.network->tensors().size()) + " tensors");
      options.precision = precisionFor(*model.network, precision);
      auto trainer = std::make_shared<Trainer<Real>>(model.network, model.parameters, options);
      constexpr size_t kResults = sizeof(StepResults) / sizeof(double);
      const size_t recordLength = trainer->model().recordLength();
      const auto memory =
          Argument(info, 2, "memory").array<double>(Count::exactly(kResults + recordLength), Memory::shared);
      results_ = reinterpret_cast<StepResults*>(memory.data());
      record_ = memory.data() + kResults;
      // The state, and an estimate for gradients or copies of parameters: as much as the parameters.
      bytes_ = static_cast<int64_t>(trainer->model().optimizer.layout().bytes() +
                                    model.network->parameterCount() * sizeof(Real));
      const auto inputs = std::make_shared<Table>(), targets = std::make_shared<Table>();
      training_ = Training<Real>{&model,  std::move(trainer),        inputs,
                                 targets, std::make_shared<Table>(), {{InputBlock(inputs)}, targets, nullptr, nullptr}};
    });
    network_ = Napi::Persistent(info[0].As<Napi::Object>());
    memory_ = Napi::Persistent(info[2].As<Napi::Object>());
    Napi::MemoryManagement::AdjustExternalMemory(env_, bytes_);
  });
}

void TrainerBinding::release() {
  if (bytes_ > 0) Napi::MemoryManagement::AdjustExternalMemory(env_, -std::exchange(bytes_, 0));
  training_ = std::monostate();
}

void TrainerBinding::endRun() {
  runs_ = false;
  visit([](auto& training) { training.model->snapshot.reset(); });
  noteCounts();
  if (disposed_) release();
}

void TrainerBinding::noteCounts() {
  visit([&](const auto& training) {
    results_->steps = static_cast<double>(training.trainer->counts().steps);
    results_->skipped = static_cast<double>(training.trainer->counts().skipped);
    results_->waiting = static_cast<double>(training.trainer->counts().waiting);
  });
}

// step(inputs, scale, targets, targetColumns, weights?, custom?): one minibatch; the arrays are lent for the call.
Napi::Value TrainerBinding::Step(const Napi::CallbackInfo& info) {
  return guarded(env_, [&] {
    visitIdle([&]<typename Real>(Training<Real>& training) {
      Trainer<Real>& trainer = *training.trainer;
      const double scale = Argument(info, 1, "scale").number();
      const size_t targetColumns = Argument(info, 3, "targetColumns").size();
      lend(*training.inputs, borrow(env_, info[0], "x"), "x", trainer.model().network->inputs().width(), scale);
      lend(*training.targets, borrow(env_, info[2], "targets"), "targets", targetColumns, 1);
      const size_t rows = training.inputs->rows;
      if (training.targets->rows != rows)
        throw Error("ERR_SHAPE", "targets has " + std::to_string(training.targets->rows) + " rows, but x has " +
                                     std::to_string(rows));
      training.minibatch.weights = nullptr;
      if (!info[4].IsUndefined()) {
        const Borrowed weights = borrow(env_, info[4], "weights");
        checkType(weights, "weights", napi_float64_array);
        lend(*training.weights, weights, "weights", 1, 1);
        if (training.weights->rows != rows)
          throw Error("ERR_SHAPE", "weights has " + std::to_string(training.weights->rows) + " elements, but x has " +
                                       std::to_string(rows) + " rows");
        training.minibatch.weights = training.weights;
      }
      const Argument custom(info, 5, "custom");
      // A custom loss could transfer the arrays, and with SAM they are read again after it.
      if (custom.isGiven() && trainer.options().usesSam)
        for (Table* const table : {training.inputs.get(), training.targets.get(), training.weights.get()})
          if (table != training.weights.get() || training.minibatch.weights)
            *table = copyTable(table->format, table->data.get(), table->rows, table->columns, table->scale);
      step(training, training.minibatch, custom);
    });
    return env_.Undefined();
  });
}

// stepOn(dataset, custom?): one minibatch of all its rows.
Napi::Value TrainerBinding::StepOn(const Napi::CallbackInfo& info) {
  return guarded(env_, [&] {
    const Dataset minibatch = DatasetBinding::from({info, 0, "data"}).data();
    visitIdle([&](auto& training) {
      training.trainer->model().network->inputs().check(minibatch);
      step(training, minibatch, {info, 1, "custom"});
    });
    return env_.Undefined();
  });
}

template <typename Real>
void TrainerBinding::step(Training<Real>& training, const Dataset& minibatch, const Argument& custom) {
  Trainer<Real>& trainer = *training.trainer;
  checkTargets(trainer.options().scoring, minibatch, trainer.model().network->outputs());
  if (const size_t rows = minibatch.rows(); rows_.size() < rows) {
    rows_.resize(rows);
    std::iota(rows_.begin(), rows_.end(), 0u);
  }
  if (trainer.options().scoring.loss == Loss::custom) custom.function();
  const auto outcome = [&] {
    if (!custom.isGiven()) return stepOnline(trainer, minibatch, rows_.data(), record_);
    // Meanwhile JavaScript may call anything: neither the model nor the trainer may change or go.
    isWithinStep_ = training.model->isWithinStep = true;
    const auto leave = [&] { isWithinStep_ = training.model->isWithinStep = false; };
    try {
      const auto result = stepOnline(trainer, minibatch, rows_.data(), record_, customLossOf<Real>(custom));
      leave();
      return result;
    } catch (...) {
      leave();
      if (disposed_) release();
      throw;
    }
  }();
  const MinibatchResult& result = trainer.result();
  if (outcome == Trainer<Real>::Outcome::failed)
    throw Error(result.failureCode,
                std::string(result.failure) + " at step " + std::to_string(trainer.counts().steps + 1) +
                    "; nothing has changed." +
                    (std::string(result.failureCode) == "ERR_NON_FINITE" ? " Try a smaller learningRate." : ""));
  results_->loss = result.tally.meanLoss();
  results_->accuracy = result.tally.accuracy();
  noteCounts();
  if (disposed_) release();
}

// stepsOfRun(examples, batchSize): [steps of its first epoch, steps of each other one]
Napi::Value TrainerBinding::StepsOfRun(const Napi::CallbackInfo& info) {
  return guarded(env_, [&] {
    const size_t examples = Argument(info, 0, "examples").size(), batchSize = Argument(info, 1, "batchSize").size();
    if (batchSize == 0) throw Error("ERR_OUT_OF_RANGE", "batchSize is 0");
    auto result = Napi::Array::New(env_);
    visitIdle([&](const auto& training) {
      const StepCounts steps = training.trainer->stepsOfRun(examples, batchSize);
      result.Set(0u, static_cast<double>(steps.ofFirstEpoch));
      result.Set(1u, static_cast<double>(steps.ofOtherEpochs));
    });
    return result;
  });
}

// dispose(): frees the memory as soon as no run or step uses it.
Napi::Value TrainerBinding::Dispose(const Napi::CallbackInfo&) {
  disposed_ = true;
  if (!runs_ && !isWithinStep_) release();
  return env_.Undefined();
}

}  // namespace glissade
