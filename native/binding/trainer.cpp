#include "trainer.h"

#include <array>
#include <string>
#include <utility>

#include "arguments.h"
#include "communicator.h"
#include "custom_loss.h"
#include "dataset.h"
#include "loss.h"
#include "optimizer.h"
#include "parallel/denormals.h"
#include "training/runs/trainer_image.h"
#include "training/steps/online.h"

namespace glissade {
namespace {

TrainerOptions trainerOptionsOf(const Argument& options) {
  TrainerOptions result{};
  result.scoring = scoringOf(options["loss"], options["accuracy"].flag());
  result.optimizer = optimizerOptionsOf(options["optimizer"]);
  for (const Argument& item : options["tensors"].items())
    result.tensors.push_back(
        {groupOf(item, result.optimizer.rules.size()), item["frozen"].flag(), item["mayBeSparse"].flag()});
  static_assert(isFirstOf(TrainerOptions::kFlags, "usesSam"), "read() starts at the first member");
  options.read(TrainerOptions::kFlags, &result.usesSam);
  result.accumulate = std::max<size_t>(1, options["accumulate"].size());
  result.seed = options["seed"].wholeNumber();
  if (const Argument ranks = options["ranks"]; ranks.isGiven()) {
    result.ranks = CommunicatorBinding::from(ranks).communicator();
    result.identity = options["identity"].text();
    if (const Argument given = options["synchronization"]; given.isGiven()) {
      Synchronization synchronization{given["every"].size()};
      if (synchronization.every == 0) throw Error("ERR_OUT_OF_RANGE", given.name() + ".every is 0");
      if (synchronization.every > Argument::kMostWhole / result.accumulate)
        throw Error("ERR_OUT_OF_RANGE", given.name() + ".every times accumulate is beyond 2^53");
      if (const Argument outer = given["outer"]; outer.isGiven()) {
        synchronization.hasRule = true;
        synchronization.learningRate = outer["learningRate"].number();
        synchronization.momentum = outer["momentum"].number();
      }
      result.synchronization = synchronization;
    }
  }
  return result;
}

/// Makes `table` refer to the memory of an array, for the time of a call.
void refer(Table& table, const Borrowed& array, const char* name, size_t columns, double scale) {
  checkRows(array, name, columns);
  table = {formatOf(array, name), array.length / columns, columns, scale,
           std::shared_ptr<const void>(std::shared_ptr<void>(), array.data)};
  if (table.rows > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", std::string(name) + " has more than 2^32 - 1 rows");
}

template <typename Real>
typename TrainerImage<Real>::Best bestOf(const Argument& best) {
  using Best = typename TrainerImage<Real>::Best;
  constexpr Words<Best, 2> kBests = {{"none", Best::none}, {"kept", Best::kept}};
  return best.word(kBests);
}

}  // namespace

Napi::Function TrainerBinding::define(Napi::Env env) {
  return defineClass(
      env, {method<&TrainerBinding::Step>("step"), method<&TrainerBinding::StepOn>("stepOn"),
            method<&TrainerBinding::StepsOfRun>("stepsOfRun"), method<&TrainerBinding::ImageLayout>("imageLayout"),
            method<&TrainerBinding::SaveImage>("saveImage"), method<&TrainerBinding::RestoreImage>("restoreImage"),
            method<&TrainerBinding::Dispose>("dispose")});
}

// new Trainer(network, { loss, accuracy, optimizer, tensors, … }, memory: Float64Array): the shared memory contains the
// results, followed by the record of the next step.
TrainerBinding::TrainerBinding(const Napi::CallbackInfo& info) : Handle(info), env_(info.Env()), held_(env_) {
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
      held_.set(trainer->model().optimizer.layout().bytes() + model.network->parameterCount() * sizeof(Real));
      const auto inputs = std::make_shared<Table>(), targets = std::make_shared<Table>();
      training_ = Training<Real>{&model,
                                 model.access,
                                 std::move(trainer),
                                 inputs,
                                 targets,
                                 std::make_shared<Table>(),
                                 {{InputBlock(inputs)}, targets, nullptr, nullptr}};
    });
    network_ = Napi::Persistent(info[0].As<Napi::Object>());
    memory_ = Napi::Persistent(info[2].As<Napi::Object>());
  });
}

void TrainerBinding::release() {
  // Where the environment is torn down, the run has ended without a final notification.
  if (std::exchange(runs_, false)) visit([](auto& training) { training.access->endRun(); });
  held_.set(0);
  training_ = std::monostate();
}

void TrainerBinding::endRun() {
  runs_ = false;
  lock_.end();
  visit([](auto& training) { training.access->endRun(); });
  noteCounts();
  if (disposed_) release();
}

void TrainerBinding::checkMinibatch(const Dataset& minibatch) {
  if (disposed_) throw Error("ERR_DISPOSED", "the trainer has been disposed");
  visit([&](const auto& training) {
    const auto& network = *training.trainer->model().network;
    network.inputs().check(minibatch);
    checkTargets(training.trainer->options().scoring, minibatch, network.outputs(), network.positions());
  });
}

void TrainerBinding::noteCounts() {
  visit([&](const auto& training) {
    results_->steps = static_cast<double>(training.trainer->counts().steps);
    results_->skipped = static_cast<double>(training.trainer->counts().skipped);
    results_->waiting = static_cast<double>(training.trainer->counts().waiting);
  });
}

// step(inputs, scale, targets, targetColumns, weights?, custom?): one minibatch; the arrays are borrowed for the call.
void TrainerBinding::Step(const Napi::CallbackInfo& info) {
  visitIdle([&]<typename Real>(Training<Real>& training) {
    Trainer<Real>& trainer = *training.trainer;
    const double scale = Argument(info, 1, "scale").number();
    const size_t targetColumns = Argument(info, 3, "targetColumns").size();
    refer(*training.inputs, borrow(env_, info[0], "x"), "x", trainer.model().network->inputs().width(), scale);
    refer(*training.targets, borrow(env_, info[2], "targets"), "targets", targetColumns, 1);
    const size_t rows = training.inputs->rows;
    if (training.targets->rows != rows)
      throw Error("ERR_SHAPE",
                  "targets has " + std::to_string(training.targets->rows) + " rows, but x has " + std::to_string(rows));
    training.minibatch.weights = nullptr;
    if (!info[4].IsUndefined()) {
      const Borrowed weights = borrow(env_, info[4], "weights");
      checkType(weights, "weights", napi_float64_array);
      refer(*training.weights, weights, "weights", 1, 1);
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
}

// stepOn(dataset, custom?): one minibatch of all its rows.
void TrainerBinding::StepOn(const Napi::CallbackInfo& info) {
  const DatasetBinding& data = DatasetBinding::from({info, 0, "data"});
  const Dataset minibatch = data.data();
  const auto memory = data.memory();  // a custom loss may dispose of the dataset
  visitIdle([&](auto& training) {
    training.trainer->model().network->inputs().check(minibatch);
    step(training, minibatch, {info, 1, "custom"});
  });
}

template <typename Real>
void TrainerBinding::step(Training<Real>& training, const Dataset& minibatch, const Argument& custom) {
  Trainer<Real>& trainer = *training.trainer;
  const auto& network = *trainer.model().network;
  checkTargets(trainer.options().scoring, minibatch, network.outputs(), network.positions());
  const Communicator::Lock lock(trainer.options().ranks);
  const WithinStep within(*this);
  const auto writing = training.access->write();
  CustomLoss<Real> loss;
  if (trainer.options().scoring.loss == Loss::custom)
    loss = [&, compute = customLossOf<Real>(custom)](const CustomMinibatch<Real>& awaited) {
      return training.access->callWithinStep(writing, [&] { return compute(awaited); });
    };
  const auto outcome = stepOnline(trainer, minibatch, record_, loss);
  const MinibatchResult& result = trainer.result();
  if (outcome == Trainer<Real>::Outcome::failed)
    throw Error(result.failure.code, result.failure.sentence(trainer.counts().steps + 1));
  results_->loss = result.tally.meanLoss();
  results_->accuracy = result.tally.accuracy();
  noteCounts();
}

// stepsOfRun(examples, batchSize, taken): [steps of its first epoch, steps of each other one]; the first epoch
// continues after `taken` examples
Napi::Value TrainerBinding::StepsOfRun(const Napi::CallbackInfo& info) {
  const size_t examples = Argument(info, 0, "examples").size(), batchSize = Argument(info, 1, "batchSize").size();
  if (batchSize == 0) throw Error("ERR_OUT_OF_RANGE", "batchSize is 0");
  const size_t taken = Argument(info, 2, "taken").wholeNumber(examples);
  return visitIdle([&](const auto& training) {
    const StepCounts steps = training.trainer->stepsOfRun(examples, batchSize, taken);
    return listOf(env_, std::array{steps.ofFirstEpoch, steps.ofOtherEpochs});
  });
}

// imageLayout("none" | "kept"): { bytes, entries }, of all that later steps depend on (TrainerImage), with the
// parameters of a run's best epoch if they are kept
Napi::Value TrainerBinding::ImageLayout(const Napi::CallbackInfo& info) {
  return visitIdle([&]<typename Real>(Training<Real>& training) -> Napi::Value {
    const TrainerImage<Real> image(training.trainer, bestOf<Real>(Argument(info, 0, "best")));
    return describe(env_, image.bytes(), image.entries());
  });
}

// saveImage(image: Uint8Array, best): fills it, with zeros for the position of a run and for its best epoch.
void TrainerBinding::SaveImage(const Napi::CallbackInfo& info) {
  visitIdle([&]<typename Real>(Training<Real>& training) {
    const TrainerImage<Real> image(training.trainer, bestOf<Real>(Argument(info, 1, "best")));
    const auto alone = training.access->write();  // no step of another thread meanwhile
    image.save(Member(0, 1), {}, nullptr, Argument(info, 0, "image").alignedBytes(Count::exactly(image.bytes())));
  });
}

// restoreImage(image: Uint8Array, best): the trainer continues from an image of a trainer with the same options.
void TrainerBinding::RestoreImage(const Napi::CallbackInfo& info) {
  visitIdle([&]<typename Real>(Training<Real>& training) {
    const TrainerImage<Real> image(training.trainer, bestOf<Real>(Argument(info, 1, "best")));
    std::byte* const bytes = Argument(info, 0, "image").alignedBytes(Count::exactly(image.bytes()));
    const auto alone = training.access->write();
    const FlushDenormals flush;
    if (const std::string fault = image.faultOf(bytes); !fault.empty()) throw Error("ERR_CORRUPT_FILE", fault);
    image.restore(bytes);
  });
  noteCounts();
}

// dispose(): frees the memory as soon as no run or step uses it.
void TrainerBinding::Dispose(const Napi::CallbackInfo&) {
  disposed_ = true;
  if (!runs_ && !isWithinStep_) release();
}

}  // namespace glissade
