#include "trainer.h"

#include <numeric>
#include <string>
#include <utility>

#include "arguments.h"
#include "dataset.h"
#include "loss.h"
#include "optimizer.h"
#include "training/online.h"

namespace glissade {
namespace {

TrainerOptions trainerOptionsOf(Napi::Object options) {
  TrainerOptions result;
  result.scoring = scoringOf(options.Get("loss").As<Napi::Object>(), options.Get("accuracy").ToBoolean());
  result.optimizer = optimizerOptionsOf(options.Get("optimizer").As<Napi::Object>());
  const auto tensors = options.Get("tensors").As<Napi::Array>();
  for (uint32_t i = 0; i < tensors.Length(); ++i) {
    const auto item = tensors.Get(i).As<Napi::Object>();
    result.tensors.push_back({static_cast<size_t>(item.Get("group").ToNumber().Int64Value()),
                              item.Get("frozen").ToBoolean(), item.Get("mayBeSparse").ToBoolean()});
  }
  result.sharpens = options.Get("sharpens").ToBoolean();
  result.skipsNonFinite = options.Get("skipsNonFinite").ToBoolean();
  result.accumulate = static_cast<size_t>(options.Get("accumulate").ToNumber().Int64Value());
  result.goesOn = options.Get("goesOn").ToBoolean();
  result.seed = static_cast<uint64_t>(options.Get("seed").ToNumber().Int64Value());
  return result;
}

/// Makes a table of what an array holds, for as long as that is lent.
void lend(Table& table, const Borrowed& array, const char* name, size_t columns, double scale) {
  if (columns == 0 || array.length == 0 || array.length % columns != 0)
    throw Error("ERR_SHAPE", std::string(name) + " has " + std::to_string(array.length) +
                                 " elements, which are no whole rows of " + std::to_string(columns));
  table = {formatOf(array, name), array.length / columns, columns, scale,
           std::shared_ptr<const void>(std::shared_ptr<void>(), array.data)};
  if (table.rows > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", std::string(name) + " has more than 2^32 - 1 rows");
}

}  // namespace

Napi::Function TrainerBinding::define(Napi::Env env) {
  return DefineClass(env, "Trainer",
                     {InstanceMethod("step", &TrainerBinding::Step), InstanceMethod("stepOn", &TrainerBinding::StepOn),
                      InstanceMethod("dispose", &TrainerBinding::Dispose)});
}

// new Trainer(network, { loss, accuracy, optimizer, tensors, … }, memory: Float64Array): the memory is shared; it holds
// the results, and after them the row of the next step.
TrainerBinding::TrainerBinding(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<TrainerBinding>(info), env_(info.Env()) {
  guarded(env_, [&] {
    TrainerOptions options = trainerOptionsOf(info[1].As<Napi::Object>());
    const Borrowed memory = borrow(env_, info[2], "memory");
    NetworkBinding::from(info[0]).visit([&]<typename Real>(Model<Real>& model) {
      options.precision = precisionFor(*model.network, info[1].As<Napi::Object>().Get("precision"));
      auto trainer = std::make_shared<Trainer<Real>>(model.network, model.parameters, options);
      constexpr size_t kResults = sizeof(Results) / sizeof(double);
      if (memory.type != napi_float64_array || memory.length != kResults + trainer->optimizer().rowLength())
        throw Error("ERR_INVALID_ARGUMENT", "the memory does not fit the trainer");
      results_ = static_cast<Results*>(memory.data);
      row_ = memory.as<const double>() + kResults;
      // The state; and about as much as the parameters, for gradients or copies of them.
      bytes_ =
          static_cast<int64_t>(trainer->optimizer().state().bytes() + model.network->parameterCount() * sizeof(Real));
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
    results_->steps = static_cast<double>(training.trainer->steps());
    results_->skipped = static_cast<double>(training.trainer->skipped());
    results_->waiting = static_cast<double>(training.trainer->waiting());
  });
}

// step(inputs, scale, targets, targetColumns, weights?): one minibatch; the arrays are lent for the call.
Napi::Value TrainerBinding::Step(const Napi::CallbackInfo& info) {
  return guarded(env_, [&] {
    visitIdle([&]<typename Real>(Training<Real>& training) {
      Trainer<Real>& trainer = *training.trainer;
      const double scale = info[1].ToNumber().DoubleValue();
      const auto targetColumns = static_cast<size_t>(info[3].ToNumber().Int64Value());
      lend(*training.inputs, borrow(env_, info[0], "x"), "x", trainer.network().inputWidth(), scale);
      lend(*training.targets, borrow(env_, info[2], "targets"), "targets", targetColumns, 1);
      const size_t rows = training.inputs->rows;
      if (training.targets->rows != rows)
        throw Error("ERR_SHAPE", "targets has " + std::to_string(training.targets->rows) + " rows, but x has " +
                                     std::to_string(rows));
      training.minibatch.weights = nullptr;
      if (!info[4].IsUndefined()) {
        lend(*training.weights, borrow(env_, info[4], "weights"), "weights", 1, 1);
        if (training.weights->rows != rows)
          throw Error("ERR_SHAPE", "weights has " + std::to_string(training.weights->rows) + " elements, but x has " +
                                       std::to_string(rows) + " rows");
        training.minibatch.weights = training.weights;
      }
      step(training, training.minibatch);
    });
    return env_.Undefined();
  });
}

// stepOn(dataset): one minibatch of all its rows.
Napi::Value TrainerBinding::StepOn(const Napi::CallbackInfo& info) {
  return guarded(env_, [&] {
    const Dataset& minibatch = DatasetBinding::from(info[0]).data();
    visitIdle([&](auto& training) {
      training.trainer->network().checkInputs(minibatch);
      step(training, minibatch);
    });
    return env_.Undefined();
  });
}

template <typename Real>
void TrainerBinding::step(Training<Real>& training, const Dataset& minibatch) {
  Trainer<Real>& trainer = *training.trainer;
  checkTargets(trainer.options().scoring, minibatch, trainer.network().outputs());
  if (const size_t rows = minibatch.rows(); rows_.size() < rows) {
    rows_.resize(rows);
    std::iota(rows_.begin(), rows_.end(), 0u);
  }
  const auto outcome = stepOnline(trainer, minibatch, rows_.data(), row_);
  if (outcome == Trainer<Real>::Outcome::failed)
    throw Error(trainer.failureCode(),
                std::string(trainer.failure()) + " at step " + std::to_string(trainer.steps() + 1) +
                    "; nothing has changed." +
                    (std::string(trainer.failureCode()) == "ERR_NON_FINITE" ? " Try a smaller learningRate." : ""));
  results_->loss = trainer.tally().meanLoss();
  results_->accuracy = trainer.tally().accuracy();
  noteCounts();
}

// dispose(): gives back the memory, as soon as no run uses it.
Napi::Value TrainerBinding::Dispose(const Napi::CallbackInfo&) {
  disposed_ = true;
  if (!runs_) release();
  return env_.Undefined();
}

}  // namespace glissade
