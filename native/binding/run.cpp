#include "run.h"

#include <string>
#include <utility>

#include "arguments.h"
#include "custom_loss.h"
#include "losses/loss.h"
#include "trainer.h"
#include "training/training_run.h"

namespace glissade {
namespace {

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
    default: return "failed";
  }
}

constexpr Words<Monitor::Part, 2> kParts = {{"training", Monitor::Part::training},
                                            {"validation", Monitor::Part::validation}};
constexpr Words<Monitor::Score, 2> kScores = {{"loss", Monitor::Score::loss}, {"accuracy", Monitor::Score::accuracy}};
constexpr Words<Monitor::Better, 2> kModes = {{"min", Monitor::Better::smaller}, {"max", Monitor::Better::larger}};

EarlyStoppingOptions earlyStoppingOf(const Argument& given) {
  EarlyStoppingOptions options;
  options.monitor = {given["part"].word(kParts), given["score"].word(kScores), given["mode"].word(kModes)};
  options.minimumDelta = given["minimumDelta"].number();
  if (const Argument patience = given["patience"]; patience.isGiven()) options.patience = patience.size();
  options.restoresBest = given["restoreBest"].flag();
  return options;
}

}  // namespace

Napi::Function RunBinding::define(Napi::Env env) {
  return defineClass(env, {method<&RunBinding::Stop>("stop"), method<&RunBinding::Supply>("supply"),
                           method<&RunBinding::Progress>("progress")});
}

// new Run(trainer, options, hyperparameters: Float64Array, listener): starts at once. The listener is called with
// { epochs, best?, curvature, wantsRecords, status, code, message, steps } until the status is no longer "running". A
// custom loss is options.custom: { compute, fail }.
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
    run.earlyStopping = earlyStoppingOf(options["earlyStopping"]);
    const Napi::Function listener = Argument(info, 3, "listener").function();

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

    std::optional<Dataset> probed;
    size_t every = 1;
    if (const Argument looksAt = options["probe"]; looksAt.isGiven()) {
      every = looksAt["every"].size();
      if (every == 0) throw Error("ERR_OUT_OF_RANGE", looksAt.name() + ".every is 0");
      const DatasetBinding& rows = DatasetBinding::from(looksAt["data"]);
      holdings_.push_back(rows.holdings());
      probed = rows.data();
    }

    trainer.visitIdle([&]<typename Real>(Training<Real>& ours) {
      const Scoring& scoring = ours.trainer->options().scoring;
      const Network<Real>& network = *ours.trainer->model().network;
      const auto check = [&](const Dataset& data) {
        network.inputs().check(data);
        checkTargets(scoring, data, network.outputs());
      };
      const auto checkOther = [&](const std::optional<Dataset>& data, const char* name) {
        try {
          if (data) check(*data);
        } catch (const Error& error) {
          throw Error(error.code(), std::string(name) + ": " + error.what());
        }
      };
      check(training.data());
      checkOther(validation, "validation");
      checkOther(probed, "the curvature monitor");
      accuracy_ = scoring.accuracy;
      auto snapshot = std::make_shared<Snapshot<Real>>();
      std::optional<Evaluation<Real>> evaluation;
      if (validation)
        evaluation.emplace(ours.trainer->model().kernels, ours.model->network, *std::move(validation), scoring,
                           ours.trainer->options().precision);
      std::optional<CurvatureProbe<Real>> probe;
      if (probed) probe.emplace(ours.trainer->model().kernels, ours.model->network, *std::move(probed), scoring, every);
      const auto made = std::make_shared<TrainingRun<Real>>(ours.trainer, snapshot, training.data(),
                                                            std::move(evaluation), std::move(probe), run);
      run_ = made;
      if (scoring.loss == Loss::custom) {
        custom_ = Napi::Persistent(options["custom"].object());
        answer_ = [made](const Napi::Function& compute) {
          const auto loss = callLoss(compute, made->awaited(), [&] { return made->awaitsLoss(); });
          if (loss) made->takeLoss(*loss);
        };
      }
      recordLength_ = ours.trainer->model().recordLength();
      const auto records = borrowRecords({info, 2, "hyperparameters"});
      if (run.hogwild && run.batchSize != 1)
        throw Error("ERR_INVALID_ARGUMENT",
                    "parallel \"hogwild\" needs batchSize 1, but it is " + std::to_string(run.batchSize));
      const LinearSteps<Real>* const singles = ours.trainer->singleSteps(records.data());
      if (run.hogwild && !(singles && singles->isSparse()))
        throw Error("ERR_INVALID_ARGUMENT",
                    "parallel \"hogwild\" is for linear models of sparse columns and a rule that leaves alone what an "
                    "example does not touch (sgd or adagrad without weightDecay, or ftrl), without clip, average, "
                    "accumulate or state");
      run_->supply(copyOf(records));
      totalSteps_ = run_->totalSteps();
      trainer_ = Napi::Persistent(info[0].As<Napi::Object>());
      listener_ = Napi::Persistent(listener);

      Addon& addon = Addon::of(env);
      const auto last = std::make_shared<Addon::Letter>(Addon::letter([this](Napi::Env env) { deliver(env, true); }));
      const auto tell = [this, &addon, last](bool isLast) {
        addon.post(isLast ? std::move(*last) : Addon::letter([this](Napi::Env env) { deliver(env, false); }));
      };
      const auto ask = [this, &addon] { addon.post(Addon::letter([this](Napi::Env env) { computeLoss(env); })); };
      ticket_ = addon.follow({run_, [run = run_] { run->stop(); }}, [&] { run_->start(tell, ask); });
      trainer.beginRun(std::move(snapshot));
      Ref();
    });
  });
}

std::span<double> RunBinding::borrowRecords(const Argument& records) const {
  const auto numbers = records.array<double>();
  checkRows(borrow(records.env(), records.value(), records.name()), records.name(), recordLength_);
  return numbers;
}

void RunBinding::deliver(Napi::Env env, bool isLast) {
  const RunNews news = run_->takeNews();
  progress_ = run_->progress();
  auto epochs = Napi::Array::New(env);
  for (const EpochReport& epoch : news.epochs) {
    Napi::Object item = describe(env, epoch.training, accuracy_);
    item.Set("epoch", static_cast<double>(epoch.epoch));
    item.Set("steps", static_cast<double>(epoch.steps));
    item.Set("seconds", epoch.seconds);
    item.Set("skipped", static_cast<double>(epoch.skipped));
    item.Set("examplesPerSecond", static_cast<double>(epoch.training.examples) / epoch.seconds);
    if (epoch.validation) item.Set("validation", describe(env, *epoch.validation, accuracy_));
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
  auto message = Napi::Object::New(env);
  message.Set("epochs", epochs);
  message.Set("curvature", curvature);
  if (const EarlyStoppingState best = run_->best(); best.hasBest()) {
    auto item = Napi::Object::New(env);
    item.Set("epoch", best.bestEpoch);
    item.Set("steps", best.bestSteps);
    item.Set("value", best.bestValue);
    message.Set("best", item);
  }
  message.Set("wantsRecords", news.wantsRecords);
  // An earlier notification may have the outcome, but the engine's thread uses the run until the final notification.
  message.Set("status", nameOf(isLast ? news.outcome.status : RunOutcome::Status::running));
  message.Set("code", std::string(news.outcome.code));
  message.Set("message", news.outcome.message);
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
    Unref();
  }
  listener.Call({message});
}

/// Computes the loss that the run awaits, and lets it go on. If that throws, the run is stopped, and fail(error)
/// called.
void RunBinding::computeLoss(Napi::Env env) {
  if (!run_ || !run_->awaitsLoss()) return;
  const std::shared_ptr<Run> run = run_;
  const Napi::Object custom = custom_.Value();
  try {
    guarded(env, [&] { answer_(custom.Get("compute").As<Napi::Function>()); });
  } catch (const Napi::Error& error) {
    run->stop();
    custom.Get("fail").As<Napi::Function>().Call({error.Value()});
  }
}

Napi::Value RunBinding::Stop(const Napi::CallbackInfo& info) {
  if (run_) run_->stop();
  return info.Env().Undefined();
}

// supply(records: Float64Array): the records of the next steps.
Napi::Value RunBinding::Supply(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto records = borrowRecords({info, 0, "rows"});
    if (run_) run_->supply(copyOf(records));
  });
  return info.Env().Undefined();
}

// progress(): { epoch, steps, totalSteps, loss?, examplesPerSecond? } as of the last slice.
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
  return result;
}

}  // namespace glissade
