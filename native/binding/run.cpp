#include "run.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
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

Napi::String textOf(Napi::Env env, std::string_view text) { return Napi::String::New(env, text.data(), text.size()); }

Napi::Object describe(Napi::Env env, const Tally& tally, bool accuracy) {
  auto result = Napi::Object::New(env);
  result.Set("loss", tally.meanLoss());
  if (accuracy) result.Set("accuracy", tally.accuracy());
  return result;
}

const char* nameOf(RunOutcome::Status status) {
  switch (status) {
    case RunOutcome::Status::running: return "running";
    case RunOutcome::Status::completed: return "completed";
    case RunOutcome::Status::stopped: return "stopped";
    case RunOutcome::Status::stoppedEarly: return "stoppedEarly";
    case RunOutcome::Status::outOfTime: return "outOfTime";
    default: return "failed";
  }
}

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

/// @throws Error ERR_OUT_OF_RANGE unless a run with these options can stand there, and go on.
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
  if (!isPossible) throw Error("ERR_OUT_OF_RANGE", "the position of the run is beyond it");
}

}  // namespace

Napi::Function RunBinding::define(Napi::Env env) {
  return defineClass(
      env, {method<&RunBinding::Stop>("stop"), method<&RunBinding::GiveUp>("giveUp"),
            method<&RunBinding::Supply>("supply"), method<&RunBinding::Request>("request"),
            method<&RunBinding::HoldAtEpochs>("holdAtEpochs"), method<&RunBinding::GoOn>("goOn"),
            method<&RunBinding::RunThrough>("runThrough"), method<&RunBinding::WriteCheckpoint>("writeCheckpoint"),
            method<&RunBinding::DropCheckpoint>("dropCheckpoint"), method<&RunBinding::Progress>("progress")});
}

// new Run(trainer, options, hyperparameters: Float64Array, listener): starts at once. The listener is called with
// { epochs, best?, curvature, answers, checkpoint?, written, wantsRecords, isStarved, status, code, message, steps }
// until the status is no longer "running". A custom loss is options.custom: { compute, fail }.
RunBinding::RunBinding(const Napi::CallbackInfo& info) : Handle(info) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    Engine::instance();  // throws here for bad settings in the environment, if at all
    TrainerBinding& trainer = TrainerBinding::from({info, 0, "trainer"});
    const Argument options(info, 1, "options");
    const auto positive = [&](const char* key) {
      const Argument number = options[key];
      if (number.size() == 0) throw Error("ERR_OUT_OF_RANGE", number.name() + " is 0");
      return number.size();
    };

    RunOptions run;
    run.batchSize = positive("batchSize");
    run.epochs = positive("epochs");
    run.firstEpoch = options["firstEpoch"].size();
    run.order = orderNamed(options["sampling"].text());
    run.seed = options["seed"].wholeNumber();
    run.hogwild = options["hogwild"].flag();
    run.scheduled = options["scheduled"].flag();
    run.observed = options["observed"].flag();
    if (run.observed && !run.scheduled) throw Error("ERR_INVALID_ARGUMENT", "a run is observed, but not scheduled");
    if (const Argument seconds = options["maxSeconds"]; seconds.isGiven()) run.maxSeconds = seconds.number();
    run.holdsAtEpochs = options["holdsAtEpochs"].flag();
    run.earlyStopping = earlyStoppingOf(options["earlyStopping"]);
    const Napi::Function listener = Argument(info, 3, "listener").function();
    CheckpointOptions pace;
    const Argument checkpoint = options["checkpoint"], best = options["best"];
    if (checkpoint.isGiven()) pace = paceOf(checkpoint);

    const DatasetBinding& training = DatasetBinding::from(options["data"]);
    holdings_.push_back(training.holdings());
    std::optional<Dataset> validation;
    if (const Argument given = options["validation"]; given.isGiven()) {
      const DatasetBinding& held = DatasetBinding::from(given);
      holdings_.push_back(held.holdings());
      validation = held.data();
    }
    if (run.earlyStopping.monitor.part == Monitor::Part::validation && !validation)
      throw Error("ERR_INVALID_ARGUMENT", "earlyStopping observes a validation, but there is none");

    MetricPlan plan = metricPlanOf(options["metrics"], {}, {env.Undefined(), "calibration"});
    if (!plan.metrics.empty() && !validation) throw Error("ERR_INVALID_ARGUMENT", "metrics need a validation");
    if (const Monitor& monitor = run.earlyStopping.monitor;
        monitor.score == Monitor::Score::metric && monitor.metric >= plan.metrics.size())
      throw Error("ERR_OUT_OF_RANGE", "earlyStopping observes a metric that there is not");

    std::optional<Dataset> probed;
    size_t every = 1;
    if (const Argument looksAt = options["probe"]; looksAt.isGiven()) {
      every = looksAt["every"].size();
      if (every == 0) throw Error("ERR_OUT_OF_RANGE", looksAt.name() + ".every is 0");
      const DatasetBinding& rows = DatasetBinding::from(looksAt["data"]);
      holdings_.push_back(rows.holdings());
      probed = rows.data();
    }

    if (const Argument position = options["position"]; position.isGiven()) run.position = positionOf(position);

    trainer.visitIdle([&]<typename Real>(Training<Real>& ours) {
      Scoring scoring = ours.trainer->options().scoring;
      scoring.accuracy = options["accuracy"].flag();
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
      check(training.data());
      checkOther(validation, "validation", plan);
      checkOther(probed, "the curvature monitor");
      accuracy_ = scoring.accuracy;
      const auto writing = ours.access->write();
      ours.trainer->score(scoring);
      auto snapshot = std::make_shared<Snapshot<Real>>();
      std::optional<Evaluation<Real>> evaluation;
      if (validation)
        evaluation.emplace(ours.trainer->model().kernels, ours.model->network, *std::move(validation), scoring,
                           ours.trainer->options().precision, plan, ours.trainer->options().ranks);
      std::optional<CurvatureProbe<Real>> probe;
      if (probed) probe.emplace(ours.trainer->model().kernels, ours.model->network, *std::move(probed), scoring, every);
      run.isOfRanks = ours.trainer->ranks();
      if (run.isOfRanks) run.identity = options["identity"].text();
      if (run.isOfRanks && run.hogwild)
        throw Error("ERR_INVALID_ARGUMENT", "parallel \"hogwild\" does not go with a group of ranks");
      if (run.position) checkPosition(*run.position, run, training.data().rowsOfAll());
      if (checkpoint.isGiven()) {
        const auto kept =
            run.earlyStopping.restoresBest ? TrainerImage<Real>::Best::kept : TrainerImage<Real>::Best::none;
        const Count bytes = Count::exactly(TrainerImage<Real>(ours.trainer, kept).bytes());
        const auto memory = checkpoint["image"].array<std::byte>(bytes, Memory::shared);
        if (reinterpret_cast<uintptr_t>(memory.data()) % alignof(double) != 0)
          throw Error("ERR_INVALID_ARGUMENT", "the image does not begin at a multiple of 8 bytes");
        run.checkpoints = std::make_shared<Checkpoints>(pace, memory.data(), ours.trainer->counts().steps);
      }
      const auto trainingRun = std::make_shared<TrainingRun<Real>>(ours.trainer, snapshot, training.data(),
                                                                   std::move(evaluation), std::move(probe), run);
      if (best.isGiven()) trainingRun->keepBest(best.array<Real>(Count::exactly(network.parameterCount())).data());
      run_ = trainingRun;
      checkpoints_ = run.checkpoints;
      if (scoring.loss == Loss::custom) {
        custom_ = Napi::Persistent(options["custom"].object());
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
      // A run that goes on after its last step needs none.
      if (records.empty() && (run.hogwild || !run.scheduled))
        throw Error("ERR_SHAPE", "hyperparameters has 0 elements");
      const LinearSteps<Real>* const singles = run.hogwild ? ours.trainer->singleSteps(records.data()) : nullptr;
      if (run.hogwild && !(singles && singles->isSparse()))
        throw Error("ERR_INVALID_ARGUMENT",
                    "parallel \"hogwild\" is for linear models of sparse columns and a rule that leaves alone what an "
                    "example does not touch (sgd or adagrad without weightDecay, or ftrl), without clip, average, "
                    "accumulate or state");
      run_->supply(copyOf(records));
      totalSteps_ = run_->totalSteps();
      trainer_ = Napi::Persistent(info[0].As<Napi::Object>());
      listener_ = Napi::Persistent(listener);
      if (checkpoint.isGiven()) image_ = Napi::Persistent(checkpoint["image"].object());

      Addon& addon = Addon::of(env);
      Communicator::Claim claim = ours.trainer->claimRanks();
      const auto last = std::make_shared<Addon::Letter>(Addon::letter([this](Napi::Env env) { deliver(env, true); }));
      const auto tell = [this, &addon, last](bool isLast) {
        addon.post(isLast ? std::move(*last) : Addon::letter([this](Napi::Env env) { deliver(env, false); }));
      };
      const auto ask = [this, &addon] { addon.post(Addon::letter([this](Napi::Env env) { computeLoss(env); })); };
      const auto abandon = [run = run_, ranks = ours.trainer->options().ranks] {
        run->abandon();
        if (ranks) ranks->requestAbort(EXIT_FAILURE);  // others go on without it, or wait for it
      };
      ticket_ = addon.follow({run_, abandon}, [&] { run_->start(tell, ask); });
      trainer.beginRun<Real>(writing, std::move(snapshot), std::move(claim));
      Ref();
    });
  });
}

std::span<double> RunBinding::borrowRecords(const Argument& records) const {
  const auto numbers = records.array<double>();
  if (!numbers.empty())
    checkRows(borrow(records.env(), records.value(), records.name()), records.name(), recordLength_);
  return numbers;
}

/// Needs no memory but JavaScript's: without the news, a run would never end for those who wait for it.
void RunBinding::deliver(Napi::Env env, bool isLast) {
  RunNews news = run_->takeNews();
  if (news.outcome.status != RunOutcome::Status::running) outcome_ = std::move(news.outcome);
  progress_ = run_->progress();
  auto epochs = Napi::Array::New(env);
  for (const EpochReport& epoch : news.epochs) {
    Napi::Object item = describe(env, epoch.training, accuracy_);
    item.Set("epoch", static_cast<double>(epoch.epoch));
    item.Set("steps", static_cast<double>(epoch.steps));
    item.Set("stepsNow", static_cast<double>(epoch.stepsNow));
    item.Set("seconds", epoch.seconds);
    item.Set("skipped", static_cast<double>(epoch.skipped));
    item.Set("examplesPerSecond", static_cast<double>(epoch.training.examples) / epoch.seconds);
    if (epoch.validation) {
      auto held = describe(env, *epoch.validation, accuracy_);
      held.Set("metrics", numbersIn(env, epoch.metrics));
      item.Set("validation", held);
    }
    epochs.Set(epochs.Length(), item);
  }
  auto curvature = Napi::Array::New(env);
  for (const CurvatureReport& report : news.curvature) {
    auto item = Napi::Object::New(env);
    item.Set("epoch", static_cast<double>(report.epoch));
    item.Set("step", static_cast<double>(report.steps));
    item.Set("loss", report.found.loss);
    item.Set("squaredGradientNorm", report.found.squaredGradientNorm);
    item.Set("gradientCurvature", report.found.gradientCurvature);
    curvature.Set(curvature.Length(), item);
  }
  auto answers = Napi::Array::New(env);
  for (const StepAnswer& answer : news.answers) {
    Napi::Object item = describe(env, answer.tally, accuracy_);
    item.Set("id", static_cast<double>(answer.id));
    item.Set("steps", static_cast<double>(answer.steps));
    if (!answer.code.empty()) {
      item.Set("code", textOf(env, answer.code));
      item.Set("message", answer.message);
    }
    answers.Set(answers.Length(), item);
  }
  auto message = Napi::Object::New(env);
  message.Set("answers", answers);
  message.Set("epochs", epochs);
  message.Set("curvature", curvature);
  if (const EarlyStoppingState best = run_->best(); best.hasBest()) {
    auto item = Napi::Object::New(env);
    item.Set("epoch", best.bestEpoch);
    item.Set("steps", best.bestSteps);
    item.Set("value", best.bestValue);
    message.Set("best", item);
  }
  if (news.checkpoint) {
    auto item = Napi::Object::New(env);
    item.Set("number", static_cast<double>(news.checkpoint->number));
    item.Set("epochsEnded", static_cast<double>(news.checkpoint->epochsEnded));
    item.Set("steps", static_cast<double>(news.checkpoint->steps));
    message.Set("checkpoint", item);
  }
  auto written = Napi::Array::New(env);
  for (const auto& [number, code, sentence] : news.written) {
    auto item = Napi::Object::New(env);
    item.Set("number", static_cast<double>(number));
    if (code) item.Set("code", code);
    item.Set("message", sentence);
    written.Set(written.Length(), item);
  }
  message.Set("written", written);
  message.Set("wantsRecords", news.wantsRecords);
  message.Set("isStarved", news.isStarved);
  // An earlier notification may have the outcome, but the engine's thread uses the run until the final notification.
  message.Set("status", nameOf(isLast ? outcome_.status : RunOutcome::Status::running));
  message.Set("code", textOf(env, outcome_.code));
  message.Set("message", outcome_.message);
  message.Set("steps", static_cast<double>(progress_.steps));

  const Napi::Function listener = listener_.Value();
  if (isLast) {
    TrainerBinding::from({trainer_.Value(), "trainer"}).endRun();
    Addon::of(env).release(ticket_);
    trainer_.Reset();
    listener_.Reset();
    custom_.Reset();
    answer_ = {};
    holdings_.clear();
    run_.reset();
    checkpoints_.reset();  // waits for its thread, which is about to end
    image_.Reset();
    Unref();
  }
  listener.Call({message});
}

/// Computes the loss that the run awaits, and lets it go on. If that throws, a requested step is given up, and
/// fail(error, its number) called; for a step of the run itself, the run is stopped, and fail(error) called.
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

Napi::Value RunBinding::Stop(const Napi::CallbackInfo& info) {
  if (run_) run_->stop();
  return info.Env().Undefined();
}

// request(id, dataset): asks for a step on all its rows, which the news answers by the id. Returns whether the run
// still takes requests. The memory of the dataset must stay until the answer.
Napi::Value RunBinding::Request(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const uint64_t id = Argument(info, 0, "id").wholeNumber();
    const Dataset minibatch = DatasetBinding::from({info, 1, "data"}).data();
    if (run_) TrainerBinding::from({trainer_.Value(), "trainer"}).checkMinibatch(minibatch);
    return Napi::Boolean::New(info.Env(), run_ && run_->request({id, minibatch}));
  });
}

// holdAtEpochs(), goOn(epoch), runThrough(): see Run.
Napi::Value RunBinding::HoldAtEpochs(const Napi::CallbackInfo& info) {
  if (run_) run_->holdAtEpochs();
  return info.Env().Undefined();
}

Napi::Value RunBinding::GoOn(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const size_t epoch = Argument(info, 0, "epoch").size();
    if (run_) run_->goOn(epoch);
    return info.Env().Undefined();
  });
}

Napi::Value RunBinding::RunThrough(const Napi::CallbackInfo& info) {
  if (run_) run_->runThrough();
  return info.Env().Undefined();
}

// giveUp(): requests an end where the run stands, since it has failed elsewhere.
Napi::Value RunBinding::GiveUp(const Napi::CallbackInfo& info) {
  if (run_) run_->giveUp();
  return info.Env().Undefined();
}

// supply(records: Float64Array, epochsEnded): the records of the next steps, made once these epochs of the run had been
// observed.
Napi::Value RunBinding::Supply(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto records = borrowRecords({info, 0, "rows"});
    const size_t epochsEnded = Argument(info, 1, "epochsEnded").size();
    if (run_) run_->supply(copyOf(records), epochsEnded);
  });
  return info.Env().Undefined();
}

// writeCheckpoint(number, path, header: Uint8Array, checksumAt, pieces: Float64Array, obsolete): describes the file of
// an image: the eight digits at `checksumAt` of the header become the checksum of the pieces, each an offset in the
// image and a length. The obsolete files are removed afterwards.
Napi::Value RunBinding::WriteCheckpoint(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
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
  });
  return info.Env().Undefined();
}

// dropCheckpoint(number): gives up an image that waits.
Napi::Value RunBinding::DropCheckpoint(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto number = static_cast<int64_t>(Argument(info, 0, "number").wholeNumber());
    if (!checkpoints_) return;
    checkpoints_->drop(number);
    run_->noteCheckpoint();
  });
  return info.Env().Undefined();
}

// progress(): { epoch, steps, totalSteps, loss?, examplesPerSecond?, processorShare? } as of the last slice.
Napi::Value RunBinding::Progress(const Napi::CallbackInfo& info) {
  const RunProgress progress = run_ ? run_->progress() : progress_;
  auto result = Napi::Object::New(info.Env());
  result.Set("epoch", static_cast<double>(progress.epoch));
  result.Set("steps", static_cast<double>(progress.steps));
  result.Set("totalSteps", static_cast<double>(totalSteps_));
  if (progress.training.examples > 0) {
    result.Set("loss", progress.training.meanLoss());
    result.Set("examplesPerSecond", static_cast<double>(progress.training.examples) / progress.seconds);
  }
  if (progress.processorShare) result.Set("processorShare", *progress.processorShare);
  return result;
}

}  // namespace glissade
