#include "run.h"

#include <string>
#include <utility>

#include "arguments.h"
#include "losses/loss.h"
#include "trainer.h"

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
    default: return "failed";
  }
}

}  // namespace

Napi::Function RunBinding::define(Napi::Env env) {
  return DefineClass(env, "Run",
                     {InstanceMethod("stop", &RunBinding::Stop), InstanceMethod("supply", &RunBinding::Supply),
                      InstanceMethod("progress", &RunBinding::Progress)});
}

// new Run(trainer, options, hyperparameters: Float64Array, listener): starts at once. The listener is called with
// { epochs, curvature, wantsRows, status, code?, message? } until the status is no longer "running".
RunBinding::RunBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RunBinding>(info) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    Engine::instance();  // fails here, if at all
    TrainerBinding& trainer = TrainerBinding::from(info[0]);
    const auto options = info[1].As<Napi::Object>();
    const auto number = [&](const char* key) { return options.Get(key).ToNumber().Int64Value(); };

    RunOptions run;
    run.batchSize = static_cast<size_t>(number("batchSize"));
    run.epochs = static_cast<size_t>(number("epochs"));
    run.firstEpoch = static_cast<size_t>(number("firstEpoch"));
    run.order = orderNamed(std::string(options.Get("sampling").ToString()));
    run.seed = static_cast<uint64_t>(number("seed"));
    run.hogwild = options.Get("hogwild").ToBoolean();
    run.scheduled = options.Get("scheduled").ToBoolean();

    const DatasetBinding& training = DatasetBinding::from(options.Get("data"));
    holdings_.push_back(training.holdings());
    std::optional<Dataset> validation;
    if (!options.Get("validation").IsUndefined()) {
      const DatasetBinding& held = DatasetBinding::from(options.Get("validation"));
      holdings_.push_back(held.holdings());
      validation = held.data();
    }

    const Napi::Value looksAt = options.Get("probe");
    std::optional<Dataset> probed;
    if (!looksAt.IsUndefined()) {
      const DatasetBinding& rows = DatasetBinding::from(looksAt.As<Napi::Object>().Get("data"));
      holdings_.push_back(rows.holdings());
      probed = rows.data();
    }

    trainer.visitIdle([&]<typename Real>(Training<Real>& ours) {
      const Scoring& scoring = ours.trainer->options().scoring;
      const Network<Real>& network = ours.trainer->network();
      const auto check = [&](const Dataset& data) {
        network.checkInputs(data);
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
        evaluation.emplace(ours.trainer->kernels(), ours.model->network, *std::move(validation), scoring,
                           ours.trainer->options().precision);
      std::optional<CurvatureProbe<Real>> probe;
      if (probed)
        probe.emplace(ours.trainer->kernels(), ours.model->network, *std::move(probed), scoring,
                      static_cast<size_t>(looksAt.As<Napi::Object>().Get("every").ToNumber().Int64Value()));
      run_ = std::make_shared<TrainingRun<Real>>(ours.trainer, snapshot, training.data(), std::move(evaluation),
                                                 std::move(probe), run);
      const Borrowed rows = borrow(env, info[2], "hyperparameters");
      if (run.hogwild && run.batchSize != 1)
        throw Error("ERR_INVALID_ARGUMENT",
                    "parallel \"hogwild\" needs batchSize 1, but it is " + std::to_string(run.batchSize));
      if (run.hogwild && !(ours.trainer->runsWild() && ours.trainer->stepsSingly(rows.as<double>())))
        throw Error("ERR_INVALID_ARGUMENT",
                    "parallel \"hogwild\" is for linear models of sparse columns and a rule that leaves alone what an "
                    "example does not touch (sgd or adagrad without weightDecay, or ftrl), without clip, average, "
                    "accumulate or state");
      run_->supply({rows.as<double>(), rows.as<double>() + rows.length});
      totalSteps_ = run_->totalSteps();
      trainer_ = Napi::Persistent(info[0].As<Napi::Object>());
      listener_ = Napi::Persistent(info[3].As<Napi::Function>());

      Addon& addon = Addon::of(env);
      const auto tell = [this, &addon](bool isLast) {
        addon.post([this, isLast](Napi::Env env) { deliver(env, isLast); });
      };
      ticket_ = addon.follow({run_, [run = run_] { run->stop(); }}, [&] { run_->start(tell); });
      trainer.beginRun(std::move(snapshot));
      Ref();
    });
  });
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
  message.Set("wantsRows", news.wantsRows);
  // The outcome may be known to an earlier call, but the engine's thread has done with us only by the last.
  message.Set("status", nameOf(isLast ? news.outcome.status : RunOutcome::Status::running));
  message.Set("code", std::string(news.outcome.code));
  message.Set("message", news.outcome.message);
  message.Set("steps", static_cast<double>(progress_.steps));

  const Napi::Function listener = listener_.Value();
  if (isLast) {
    TrainerBinding::from(trainer_.Value()).endRun();
    Addon::of(env).release(ticket_);
    trainer_.Reset();
    listener_.Reset();
    holdings_.clear();
    run_.reset();
    Unref();
  }
  listener.Call({message});
}

Napi::Value RunBinding::Stop(const Napi::CallbackInfo& info) {
  if (run_) run_->stop();
  return info.Env().Undefined();
}

// supply(rows: Float64Array): the hyperparameters of the next steps.
Napi::Value RunBinding::Supply(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Borrowed rows = borrow(info.Env(), info[0], "rows");
    if (run_) run_->supply({rows.as<double>(), rows.as<double>() + rows.length});
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
