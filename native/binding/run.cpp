#include "run.h"

#include <string>
#include <utility>

#include "arguments.h"
#include "losses/loss.h"
#include "network.h"
#include "optimizer.h"

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

// new Run(network, options, hyperparameters: Float64Array, listener): starts at once. The listener is called with
// { epochs, wantsRows, status, code?, message? } until the status is no longer "running".
RunBinding::RunBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RunBinding>(info) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    Engine::instance();  // fails here, if at all
    NetworkBinding& network = NetworkBinding::from(info[0]);
    const auto options = info[1].As<Napi::Object>();
    const auto number = [&](const char* key) { return options.Get(key).ToNumber().Int64Value(); };

    TrainerOptions train;
    train.scoring = {lossNamed(std::string(options.Get("loss").ToString())), options.Get("accuracy").ToBoolean()};
    accuracy_ = train.scoring.accuracy;
    train.optimizer = optimizerOptionsOf(options.Get("optimizer").As<Napi::Object>());
    const auto tensors = options.Get("tensors").As<Napi::Array>();
    for (uint32_t i = 0; i < tensors.Length(); ++i) {
      const auto item = tensors.Get(i).As<Napi::Object>();
      train.tensors.push_back(
          {static_cast<size_t>(item.Get("group").ToNumber().Int64Value()), item.Get("frozen").ToBoolean()});
    }
    train.sharpens = options.Get("sharpens").ToBoolean();
    train.skipsNonFinite = options.Get("skipsNonFinite").ToBoolean();
    train.accumulate = static_cast<size_t>(number("accumulate"));
    RunOptions run;
    run.batchSize = static_cast<size_t>(number("batchSize"));
    run.epochs = static_cast<size_t>(number("epochs"));
    run.order = options.Get("shuffle").ToBoolean() ? Sampler::Order::permuted : Sampler::Order::sequential;
    run.seed = static_cast<uint64_t>(number("seed"));
    run.scheduled = options.Get("scheduled").ToBoolean();

    const DatasetBinding& training = DatasetBinding::from(options.Get("data"));
    holdings_.push_back(training.holdings());
    std::optional<Dataset> validation;
    if (!options.Get("validation").IsUndefined()) {
      const DatasetBinding& held = DatasetBinding::from(options.Get("validation"));
      holdings_.push_back(held.holdings());
      validation = held.data();
    }

    network.visit([&]<typename Real>(Model<Real>& model) {
      if (model.snapshot) throw Error("ERR_BUSY", "the model is being trained; await the run or stop() it first");
      model.network->checkInputs(training.data());
      if (validation) model.network->checkInputs(*validation);
      checkTargets(train.scoring.loss, training.data(), model.network->outputs());
      if (validation) {
        try {
          checkTargets(train.scoring.loss, *validation, model.network->outputs());
        } catch (const Error& error) {
          throw Error(error.code(), std::string("validation: ") + error.what());
        }
      }
      auto snapshot = std::make_shared<Snapshot<Real>>();
      train.precision = precisionNamed<Real>(options.Get("precision").ToString());
      auto trainer = std::make_shared<Trainer<Real>>(model.network, model.parameters, train);
      std::optional<Evaluation<Real>> evaluation;
      if (validation)
        evaluation.emplace(trainer->kernels(), model.network, *std::move(validation), train.scoring, train.precision);
      run_ = std::make_shared<TrainingRun<Real>>(std::move(trainer), snapshot, training.data(), std::move(evaluation),
                                                 run);
      const Borrowed rows = borrow(env, info[2], "hyperparameters");
      run_->supply({rows.as<double>(), rows.as<double>() + rows.length});
      totalSteps_ = run_->totalSteps();
      network_ = Napi::Persistent(info[0].As<Napi::Object>());
      listener_ = Napi::Persistent(info[3].As<Napi::Function>());

      Addon& addon = Addon::of(env);
      const auto tell = [this, &addon](bool isLast) {
        addon.post([this, isLast](Napi::Env env) { deliver(env, isLast); });
      };
      ticket_ = addon.follow({run_, [run = run_] { run->stop(); }}, [&] { run_->start(tell); });
      model.snapshot = std::move(snapshot);
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
  auto message = Napi::Object::New(env);
  message.Set("epochs", epochs);
  message.Set("wantsRows", news.wantsRows);
  // The outcome may be known to an earlier call, but the engine's thread has done with us only by the last.
  message.Set("status", nameOf(isLast ? news.outcome.status : RunOutcome::Status::running));
  message.Set("code", news.outcome.code);
  message.Set("message", news.outcome.message);
  message.Set("steps", static_cast<double>(progress_.steps));

  const Napi::Function listener = listener_.Value();
  if (isLast) {
    NetworkBinding::from(network_.Value()).visit([](auto& model) { model.snapshot.reset(); });
    Addon::of(env).release(ticket_);
    network_.Reset();
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
