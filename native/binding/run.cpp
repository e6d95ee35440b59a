#include "run.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "arguments.h"
#include "custom_loss.h"
#include "losses/loss.h"
#include "metrics.h"
#include "trainer.h"
#include "training/runs/training_run.h"

namespace glissade {
namespace {

Napi::Object describe(Napi::Env env, const Tally& tally, bool accuracy) {
  return objectOf(env, "loss", tally.meanLoss(), "accuracy", accuracy ? std::optional(tally.accuracy()) : std::nullopt);
}

constexpr Words<RunOutcome::Status, 6> kStatuses = {
    {"running", RunOutcome::Status::running},     {"completed", RunOutcome::Status::completed},
    {"stopped", RunOutcome::Status::stopped},     {"stoppedEarly", RunOutcome::Status::stoppedEarly},
    {"outOfTime", RunOutcome::Status::outOfTime}, {"failed", RunOutcome::Status::failed}};
constexpr Words<Monitor::Part, 2> kParts = {{"training", Monitor::Part::training},
                                            {"validation", Monitor::Part::validation}};
constexpr Words<Monitor::Score, 3> kScores = {
    {"loss", Monitor::Score::loss}, {"accuracy", Monitor::Score::accuracy}, {"metric", Monitor::Score::metric}};
constexpr Words<Monitor::Better, 2> kModes = {{"min", Monitor::Better::smaller}, {"max", Monitor::Better::larger}};

EarlyStoppingOptions earlyStoppingOf(const Argument& given) {
  EarlyStoppingOptions options;
  options.monitor = {given["part"].word(kParts), given["score"].word(kScores), given["mode"].word(kModes)};
  if (const Argument metric = given["metric"]; metric.isGiven()) options.monitor.metric = metric.size();
  options.minimumDelta = given["minimumDelta"].number();
  if (const Argument patience = given["patience"]; patience.isGiven()) options.patience = patience.size();
  options.restoresBest = given["restoreBest"].flag();
  return options;
}

CheckpointOptions paceOf(const Argument& given) {
  CheckpointOptions pace;
  if (const Argument seconds = given["everySeconds"]; seconds.isGiven()) pace.everySeconds = seconds.number();
  if (const Argument steps = given["everySteps"]; steps.isGiven()) pace.everySteps = steps.size();
  if (pace.everySteps == 0u) throw Error("ERR_OUT_OF_RANGE", given.name() + ".everySteps is 0");
  if (pace.everySeconds && !(*pace.everySeconds >= 0))
    throw Error("ERR_OUT_OF_RANGE", given.name() + ".everySeconds is negative");
  return pace;
}

RunPosition positionOf(const Argument& given) {
  RunPosition position;
  const auto numbers = given.array<double>(Count::exactly(sizeof position / sizeof(double)));
  std::memcpy(&position, numbers.data(), sizeof position);
  return position;
}

/// @throws Error ERR_OUT_OF_RANGE unless a run with these options can continue from this position.
void checkPosition(const RunPosition& at, const RunOptions& run, size_t rows) {
  const auto isUpTo = [](double x, double most) { return x >= 0 && x <= most && x == std::floor(x); };
  const auto isFrom0 = [](double x) { return x >= 0 && std::isfinite(x); };
  const auto most = static_cast<double>(Argument::kMostWhole);
  bool isPossible = isUpTo(at.epochsEnded, static_cast<double>(run.epochs) - 1) &&
                    isUpTo(at.examplesTaken, static_cast<double>(rows)) && isUpTo(at.haveRowsCaughtUp, 1) &&
                    !std::isnan(at.loss) && std::isfinite(at.bestValue);
  for (const double count :
       {at.steps, at.examplesCounted, at.probeDueAt, at.bestEpoch, at.bestSteps, at.epochsWithoutImprovement})
    isPossible &= isUpTo(count, most);
  for (const double sum : {at.lossWeight, at.correct, at.weight, at.seconds, at.elapsedSeconds})
    isPossible &= isFrom0(sum);
  if (!isPossible) throw Error("ERR_OUT_OF_RANGE", "the position is not one of this run");
}

}  // namespace

Napi::Function RunBinding::define(Napi::Env env) {
  return defineClass(
      env, {method<&RunBinding::callRun<&Run::stop>>("stop"), method<&RunBinding::callRun<&Run::giveUp>>("giveUp"),
            method<&RunBinding::callRun<&Run::waitAtEpochs>>("waitAtEpochs"),
            method<&RunBinding::callRun<&Run::runThrough>>("runThrough"), method<&RunBinding::GoOn>("goOn"),
            method<&RunBinding::Supply>("supply"), method<&RunBinding::Request>("request"),
            method<&RunBinding::WriteCheckpoint>("writeCheckpoint"),
            method<&RunBinding::DropCheckpoint>("dropCheckpoint"), method<&RunBinding::Progress>("progress")});
}

/// The data of an argument, kept in memory while the run lasts; absent if it is not given.
std::optional<Dataset> RunBinding::keep(const Argument& given) {
  if (!given.isGiven()) return {};
  const DatasetBinding& data = DatasetBinding::from(given);
  memory_.push_back(data.memory());
  return data.data();
}

// new Run(trainer, options, hyperparameters: Float64Array, listener): starts at once. The listener is called with
// { epochs, best?, curvature, answers, checkpoint?, written, wantsRecords, isStarved, status, code, message, steps }
// until the status is no longer "running". A custom loss is options.custom: { compute, fail }.
RunBinding::RunBinding(const Napi::CallbackInfo& info) : Handle(info) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    Engine::instance();  // throws for bad settings in the environment
    TrainerBinding& trainer = TrainerBinding::from({info, 0, "trainer"});
    const Argument options(info, 1, "options");
    RunOptions run{};
    static_assert(isFirstOf(RunOptions::kCounts, "batchSize") && isFirstOf(RunOptions::kFlags, "hogwild") &&
                      isFirstOf(RunOptions::kLimits, "maxSeconds"),
                  "read() starts at the first member of each group");
    options.read(RunOptions::kCounts, &run.batchSize);
    options.read(RunOptions::kFlags, &run.hogwild);
    options.read(RunOptions::kLimits, &run.maxSeconds);
    if (run.batchSize == 0 || run.epochs == 0) throw Error("ERR_OUT_OF_RANGE", "options.batchSize or epochs is 0");
    if (run.observed && !run.scheduled) throw Error("ERR_INVALID_ARGUMENT", "an observed run must be scheduled");
    run.order = orderNamed(options["sampling"].text());
    run.earlyStopping = earlyStoppingOf(options["earlyStopping"]);
    const Napi::Function listener = Argument(info, 3, "listener").function();
    CheckpointOptions pace;
    const Argument checkpoint = options["checkpoint"], best = options["best"], custom = options["custom"];
    const Argument identity = options["identity"], image = checkpoint.isGiven() ? checkpoint["image"] : checkpoint;
    if (checkpoint.isGiven()) pace = paceOf(checkpoint);
    accuracy_ = options["accuracy"].flag();

    const Dataset training = *keep({options["data"].object(), "options.data"});
    std::optional<Dataset> validation = keep(options["validation"]);
    if (run.earlyStopping.monitor.part == Monitor::Part::validation && !validation)
      throw Error("ERR_INVALID_ARGUMENT", "earlyStopping monitors the validation, but the run has none");

    MetricPlan plan = metricPlanOf(options["metrics"], {}, {env.Undefined(), "calibration"});
    if (!plan.metrics.empty() && !validation) throw Error("ERR_INVALID_ARGUMENT", "metrics need a validation");
    if (const Monitor& monitor = run.earlyStopping.monitor;
        monitor.score == Monitor::Score::metric && monitor.metric >= plan.metrics.size())
      throw Error("ERR_OUT_OF_RANGE", "earlyStopping names metric " + std::to_string(monitor.metric) +
                                          ", but the run computes " + std::to_string(plan.metrics.size()));

    std::optional<Dataset> probed;
    size_t every = 1;
    if (const Argument probe = options["probe"]; probe.isGiven()) {
      every = probe["every"].size();
      if (every == 0) throw Error("ERR_OUT_OF_RANGE", probe.name() + ".every is 0");
      probed = keep({probe["data"].object(), probe.name() + ".data"});
    }

    if (const Argument position = options["position"]; position.isGiven()) run.position = positionOf(position);

    // Nothing from here on runs JavaScript, which could dispose of the trainer.
    trainer.visitIdle([&]<typename Real>(Training<Real>& ours) {
      Scoring scoring = ours.trainer->options().scoring;
      scoring.accuracy = accuracy_;
      const Network<Real>& network = *ours.trainer->model().network;
      plan.predictions = predictionsOf(scoring.loss);
      const auto check = [&](const Dataset& data) {
        network.inputs().check(data);
        checkTargets(scoring, data, network.outputs(), network.positions());
      };
      const auto checkOther = [&](const std::optional<Dataset>& data, const char* name, const MetricPlan& scores = {}) {
        try {
          if (!data) return;
          check(*data);
          checkMetrics(scores, *data, network.outputs(), network.positions());
        } catch (const Error& error) {
          throw Error(error.code(), std::string(name) + ": " + error.what());
        }
      };
      check(training);
      checkOther(validation, "validation", plan);
      checkOther(probed, "the curvature monitor");
      const auto writing = ours.access->write();
      auto snapshot = std::make_shared<Snapshot<Real>>();
      std::optional<Evaluation<Real>> evaluation;
      if (validation)
        evaluation.emplace(ours.trainer->model().kernels, ours.model->network, *std::move(validation), scoring,
                           ours.trainer->options().precision, plan, ours.trainer->ranks());
      std::optional<CurvatureProbe<Real>> probe;
      if (probed) probe.emplace(ours.trainer->model().kernels, ours.model->network, *std::move(probed), scoring, every);
      run.isOfRanks = ours.trainer->ranks()->areMany();
      if (run.isOfRanks) run.identity = identity.text();
      if (run.isOfRanks && run.hogwild)
        throw Error("ERR_INVALID_ARGUMENT", "parallel \"hogwild\" cannot be combined with ranks");
      if (run.position) checkPosition(*run.position, run, training.rowsOfAll());
      if (checkpoint.isGiven()) {
        const auto kept =
            run.earlyStopping.restoresBest ? TrainerImage<Real>::Best::kept : TrainerImage<Real>::Best::none;
        const Count bytes = Count::exactly(TrainerImage<Real>(ours.trainer, kept).bytes());
        std::byte* const memory = image.alignedBytes(bytes, Memory::shared);
        run.checkpoints = std::make_shared<Checkpoints>(pace, memory, ours.trainer->counts().steps);
      }
      const auto trainingRun = std::make_shared<TrainingRun<Real>>(ours.trainer, snapshot, training,
                                                                   std::move(evaluation), std::move(probe), run);
      if (best.isGiven()) trainingRun->keepBest(best.array<Real>(Count::exactly(network.parameterCount())).data());
      run_ = trainingRun;
      checkpoints_ = run.checkpoints;
      if (scoring.loss == Loss::custom) {
        custom_ = Napi::Persistent(custom.object());
        answer_ = [trainingRun](const Napi::Function& compute) {
          const auto loss = callLoss(compute, trainingRun->awaited(), [&] { return trainingRun->awaitsLoss(); });
          if (loss) trainingRun->takeLoss(*loss);
        };
      }
      recordLength_ = ours.trainer->model().recordLength();
      const auto records = borrowRecords({info, 2, "hyperparameters"});
      if (run.hogwild && run.batchSize != 1)
        throw Error("ERR_INVALID_ARGUMENT",
                    "parallel \"hogwild\" needs batchSize 1, but it is " + std::to_string(run.batchSize));
      // A run that continues after its last step needs no records.
      if (records.empty() && (run.hogwild || !run.scheduled))
        throw Error("ERR_SHAPE", "hyperparameters has 0 elements");
      const LinearSteps<Real>* const singles = run.hogwild ? ours.trainer->singleSteps(records.data()) : nullptr;
      if (run.hogwild && !(singles && singles->isSparse()))
        throw Error("ERR_INVALID_ARGUMENT",
                    "parallel \"hogwild\" is for linear models of sparse columns and a rule that updates only the "
                    "parameters an example uses (sgd or adagrad without weightDecay, or ftrl), without clip, average, "
                    "accumulate or state");
      run_->supply(copyOf(records));
      trainer_ = Napi::Persistent(info[0].As<Napi::Object>());
      listener_ = Napi::Persistent(listener);
      if (checkpoint.isGiven()) image_ = Napi::Persistent(image.object());

      Addon& addon = Addon::of(env);
      Communicator::Lock lock(ours.trainer->options().ranks);
      const auto last = std::make_shared<Addon::Letter>(Addon::letter([this](Napi::Env env) { deliver(env, true); }));
      const auto notify = [this, &addon, last](bool isLast) {
        addon.post(isLast ? std::move(*last) : Addon::letter([this](Napi::Env env) { deliver(env, false); }));
      };
      const auto ask = [this, &addon] { addon.post(Addon::letter([this](Napi::Env env) { computeLoss(env); })); };
      const auto abandon = [run = run_, ranks = ours.trainer->options().ranks] {
        run->abandon();
        if (ranks) ranks->requestAbort(EXIT_FAILURE);  // the others would wait for this rank
      };
      ours.trainer->score(scoring);  // once nothing more is refused
      ticket_ = addon.follow({run_, abandon}, [&] { run_->start(notify, ask); });
      trainer.beginRun<Real>(writing, std::move(snapshot), std::move(lock));
      Ref();
    });
  });
}

std::span<double> RunBinding::borrowRecords(const Argument& records) const {
  const Borrowed array = borrow(records.env(), records.value(), records.name());
  checkType(array, records.name(), napi_float64_array);
  if (array.length > 0) checkRows(array, records.name(), recordLength_);
  return {array.as<double>(), array.length};
}

/// Allocates JavaScript memory only. If the news were lost, callers would wait for the end of the run for ever.
void RunBinding::deliver(Napi::Env env, bool isLast) {
  RunNews news = run_->takeNews();
  if (news.outcome.status != RunOutcome::Status::running) outcome_ = std::move(news.outcome);
  progress_ = run_->progress();
  const auto epochs = listOf(env, news.epochs, [&](const EpochReport& epoch) {
    Napi::Object item = describe(env, epoch.training, accuracy_);
    setProperties(item, "epoch", epoch.epoch, "steps", epoch.steps, "stepsNow", epoch.stepsNow, "seconds",
                  epoch.seconds, "skipped", epoch.skipped, "examplesPerSecond",
                  static_cast<double>(epoch.training.examples) / epoch.seconds);
    if (!epoch.validation) return item;
    Napi::Object validation = describe(env, *epoch.validation, accuracy_);
    setProperties(validation, "metrics", numbersIn(env, epoch.metrics));
    setProperties(item, "validation", validation);
    return item;
  });
  const auto curvature = listOf(env, news.curvature, [&](const CurvatureReport& report) {
    return objectOf(env, "epoch", report.epoch, "step", report.steps, "loss", report.found.loss, "squaredGradientNorm",
                    report.found.squaredGradientNorm, "gradientCurvature", report.found.gradientCurvature);
  });
  const auto answers = listOf(env, news.answers, [&](const StepAnswer& answer) {
    Napi::Object item = describe(env, answer.tally, accuracy_);
    setProperties(item, "id", answer.id, "steps", answer.steps);
    if (!answer.code.empty()) setProperties(item, "code", answer.code, "message", answer.message);
    return item;
  });
  const auto written = listOf(env, news.written, [&](const Checkpoints::Result& result) {
    return objectOf(env, "number", result.number, "code", result.code ? std::optional(result.code) : std::nullopt,
                    "message", result.message);
  });
  // An earlier notification may contain the outcome, but the engine's thread uses the run until the final one.
  Napi::Object message = objectOf(env, "answers", answers, "epochs", epochs, "curvature", curvature, "written", written,
                                  "wantsRecords", news.wantsRecords, "isStarved", news.isStarved, "status",
                                  wordFor(kStatuses, isLast ? outcome_.status : RunOutcome::Status::running), "code",
                                  outcome_.code, "message", outcome_.message, "steps", progress_.steps);
  if (const EarlyStoppingState best = run_->best(); best.hasBest())
    message.Set("best", objectOf(env, "epoch", best.bestEpoch, "steps", best.bestSteps, "value", best.bestValue));
  if (const auto& made = news.checkpoint)
    message.Set("checkpoint",
                objectOf(env, "number", made->number, "epochsEnded", made->epochsEnded, "steps", made->steps));

  const Napi::Function listener = listener_.Value();
  if (isLast) {
    TrainerBinding::from({trainer_.Value(), "trainer"}).endRun();
    Addon::of(env).release(ticket_);
    trainer_.Reset();
    listener_.Reset();
    custom_.Reset();
    answer_ = {};
    memory_.clear();
    run_.reset();
    checkpoints_.reset();  // waits for its thread, which is about to end
    image_.Reset();
    Unref();
  }
  listener.Call({message});
}

/// Computes the loss that the run awaits, and resumes the run. If the loss of a requested step throws, the request is
/// dropped and fail(error, its number) is called. If the loss of a step of the run throws, the run is stopped and
/// fail(error) is called.
void RunBinding::computeLoss(Napi::Env env) {
  if (!run_ || !run_->awaitsLoss()) return;
  const std::shared_ptr<Run> run = run_;
  const Napi::Object custom = custom_.Value();
  try {
    guarded(env, [&] { answer_(custom.Get("compute").As<Napi::Function>()); });
  } catch (const Napi::Error& error) {
    const std::optional<uint64_t> request = run->dropRequest();
    if (!request) run->stop();
    custom.Get("fail").As<Napi::Function>().Call(
        {error.Value(), request ? Napi::Number::New(env, static_cast<double>(*request)) : env.Undefined()});
  }
}

// request(id, dataset): requests a step on all rows of the dataset. The news answers with the id. Returns whether the
// run still accepts requests. The caller keeps the dataset until the answer.
bool RunBinding::Request(const Napi::CallbackInfo& info) {
  const uint64_t id = Argument(info, 0, "id").wholeNumber();
  const Dataset minibatch = DatasetBinding::from({info, 1, "data"}).data();
  if (run_) TrainerBinding::from({trainer_.Value(), "trainer"}).checkMinibatch(minibatch);
  return run_ && run_->request({id, minibatch});
}

// goOn(epoch): see Run.
void RunBinding::GoOn(const Napi::CallbackInfo& info) {
  const size_t epoch = Argument(info, 0, "epoch").size();
  if (run_) run_->goOn(epoch);
}

// supply(records: Float64Array, epochsEnded): adds the records of the next steps, which were made after this many
// epochs had been observed.
void RunBinding::Supply(const Napi::CallbackInfo& info) {
  const auto records = borrowRecords({info, 0, "rows"});
  const size_t epochsEnded = Argument(info, 1, "epochsEnded").size();
  if (run_) run_->supply(copyOf(records), epochsEnded);
}

// writeCheckpoint(number, path, header: Uint8Array, checksumAt, pieces: Float64Array, obsolete): describes the file of
// an image. Each piece is an offset in the image and a length. The eight digits at `checksumAt` of the header become
// the checksum of the pieces. The obsolete files are removed afterwards.
void RunBinding::WriteCheckpoint(const Napi::CallbackInfo& info) {
  if (!checkpoints_) return;
  const auto number = static_cast<int64_t>(Argument(info, 0, "number").wholeNumber());
  CheckpointFile file;
  file.path = Argument(info, 1, "path").text();
  for (const Argument& path : Argument(info, 5, "obsolete").items()) file.obsolete.push_back(path.text());
  file.header = copyOf(Argument(info, 2, "header").array<std::byte>());
  constexpr size_t kDigits = 8;
  if (file.header.size() < kDigits) throw Error("ERR_SHAPE", "header is too short");
  file.checksumAt = Argument(info, 3, "checksumAt").wholeNumber(file.header.size() - kDigits);
  const size_t bytes = image_.Value().As<Napi::Uint8Array>().ByteLength();
  const auto pieces = Argument(info, 4, "pieces").array<double>();
  for (size_t i = 0; i + 1 < pieces.size(); i += 2) {
    const double offset = pieces[i], length = pieces[i + 1];
    if (!(offset >= 0 && length >= 0 && offset + length <= static_cast<double>(bytes)))
      throw Error("ERR_OUT_OF_RANGE", "a piece is not in the image");
    file.pieces.push_back({static_cast<size_t>(offset), static_cast<size_t>(length)});
  }
  try {
    checkpoints_->write(number, std::move(file));
  } catch (...) {
    run_->noteCheckpoint();
    throw;
  }
}

// dropCheckpoint(number): drops an image that waits for its file's description.
void RunBinding::DropCheckpoint(const Napi::CallbackInfo& info) {
  const auto number = static_cast<int64_t>(Argument(info, 0, "number").wholeNumber());
  if (!checkpoints_) return;
  checkpoints_->drop(number);
  run_->noteCheckpoint();
}

// progress(): { epoch, steps, loss?, examplesPerSecond?, processorShare? } as of the last slice.
Napi::Value RunBinding::Progress(const Napi::CallbackInfo& info) {
  const RunProgress progress = run_ ? run_->progress() : progress_;
  const Tally& training = progress.training;
  Napi::Object result =
      objectOf(info.Env(), "epoch", progress.epoch, "steps", progress.steps, "processorShare", progress.processorShare);
  if (training.examples > 0)
    setProperties(result, "loss", training.meanLoss(), "examplesPerSecond",
                  static_cast<double>(training.examples) / progress.seconds);
  return result;
}

}  // namespace glissade
