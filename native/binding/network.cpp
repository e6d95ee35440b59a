#include "network.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "arguments.h"
#include "communicator.h"
#include "custom_loss.h"
#include "dataset.h"
#include "layers.h"
#include "loss.h"
#include "metrics.h"
#include "training/evaluation/derivatives.h"
#include "training/evaluation/evaluation.h"
#include "training/evaluation/gradient_variance.h"
#include "training/evaluation/prediction.h"

namespace glissade {
namespace {

/// The memory of an array with a number for each parameter of the network.
template <typename Real>
Real* numbersFor(const Network<Real>& network, const Argument& array) {
  return array.array<Real>(Count::exactly(network.parameterCount())).data();
}

/// The memory of an array with a number for each parameter of the network, or null if it is not given.
template <typename Real>
Real* numbersIfGiven(const Network<Real>& network, const Argument& array) {
  return array.isGiven() ? numbersFor(network, array) : nullptr;
}

}  // namespace

Napi::Function NetworkBinding::define(Napi::Env env) {
  return defineClass(
      env, {method<&NetworkBinding::Tensors>("tensors"), method<&NetworkBinding::ParameterCount>("parameterCount"),
            method<&NetworkBinding::Outputs>("outputs"), method<&NetworkBinding::Shapes>("shapes"),
            method<&NetworkBinding::IsTraining>("isTraining"), method<&NetworkBinding::CheckIdle>("checkIdle"),
            method<&NetworkBinding::Bind>("bind"), method<&NetworkBinding::Share>("share"),
            method<&NetworkBinding::CopySnapshot>("copySnapshot"), method<&NetworkBinding::Initialize>("initialize"),
            method<&NetworkBinding::ReadParameters>("readParameters"), method<&NetworkBinding::Predict>("predict"),
            method<&NetworkBinding::Evaluate>("evaluate"), method<&NetworkBinding::Differentiate>("differentiate"),
            method<&NetworkBinding::GradientVariance>("gradientVariance")});
}

// new Network({ type, inputs, nodes })
NetworkBinding::NetworkBinding(const Napi::CallbackInfo& info) : Handle(info), predictions_(info.Env()) {
  guarded(info.Env(), [&] {
    const Argument specification(info, 0, "specification");
    if (specification["type"].word(kIsFloat64))
      model_ = Model<double>{networkOf<double>(specification)};
    else
      model_ = Model<float>{networkOf<float>(specification)};
  });
}

// tensors(): [{ name, shape, offset, size, decays, trains, isSparse, outputs? }], in the order of the slab.
Napi::Value NetworkBinding::Tensors(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto describe = [&](const NetworkTensor& tensor) {
    const bool isOutputsLast = tensor.sides == Sides::outputsLast;
    return objectOf(env, "name", tensor.name, "shape", listOf(env, tensor.shape), "offset", tensor.offset, "size",
                    tensor.size, "decays", tensor.decays, "trains", tensor.trains, "isSparse", tensor.isSparse,
                    "outputs", isOutputsLast ? std::optional("columns") : std::nullopt);
  };
  return visit([&](auto& model) { return listOf(env, model.network->tensors(), describe); });
}

size_t NetworkBinding::ParameterCount(const Napi::CallbackInfo&) {
  return visit([](auto& model) { return model.network->parameterCount(); });
}

// isTraining(): whether a run of the model is under way.
bool NetworkBinding::IsTraining(const Napi::CallbackInfo&) {
  return visit([](const auto& model) { return model.isTraining(); });
}

// checkIdle(): throws ERR_BUSY while a run of the model is under way.
void NetworkBinding::CheckIdle(const Napi::CallbackInfo&) {
  visit([](const auto& model) { model.checkIdle(); });
}

size_t NetworkBinding::Outputs(const Napi::CallbackInfo&) {
  return visit([](auto& model) { return model.network->outputs(); });
}

// shapes(): [height, width, channels] of each node's outputs.
Napi::Value NetworkBinding::Shapes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto list = Napi::Array::New(env);
  visit([&](auto& model) {
    for (uint32_t node = 0; node < model.network->nodeCount(); ++node) {
      const Shape shape = model.network->outputsOf(node);
      list.Set(node, listOf(env, std::array{shape.height, shape.width, shape.channels}));
    }
  });
  return list;
}

// bind(slab): a shared typed array of parameterCount elements, with kReadBeyond bytes to read after them.
void NetworkBinding::Bind(const Napi::CallbackInfo& info) {
  visit([&]<typename Real>(Model<Real>& model) {
    if (model.parameters) throw Error("ERR_INVALID_ARGUMENT", "the network already has a slab");
    const size_t count = model.network->parameterCount();
    model.parameters = Argument(info, 0, "slab").array<Real>(Count::exactly(count), Memory::shared).data();
    model.access = ParameterAccess<Real>::of(model.parameters);
  });
  slab_ = Napi::Persistent(info[0].As<Napi::Object>());
}

// copySnapshot(step, copy): fills `copy` with the parameters after this step of a run, if the run still has them.
// Returns whether it has.
bool NetworkBinding::CopySnapshot(const Napi::CallbackInfo& info) {
  const auto step = static_cast<int64_t>(Argument(info, 0, "step").wholeNumber());
  return visit([&]<typename Real>(Model<Real>& model) {
    Real* const copy = numbersFor(*model.network, {info, 1, "copy"});
    return model.access && model.access->copyAfterStep(step, model.network->parameterCount(), copy);
  });
}

// share(): from now on, other environments may use the slab.
void NetworkBinding::Share(const Napi::CallbackInfo&) {
  visit([](auto& model) {
    model.checkBound();
    model.access->share();
  });
}

void NetworkBinding::Initialize(const Napi::CallbackInfo& info) {
  const uint64_t seed = Argument(info, 0, "seed").wholeNumber();
  visit([&](auto& model) {
    model.checkBound();
    model.checkIdle();
    model.network->initialize(seed, model.parameters);
  });
}

// readParameters(copy): fills it with the parameters; during a run, with those of its snapshot.
void NetworkBinding::ReadParameters(const Napi::CallbackInfo& info) {
  visit([&]<typename Real>(Model<Real>& model) {
    const auto parameters = model.current();
    std::copy_n(parameters.get(), model.network->parameterCount(), numbersFor(*model.network, {info, 0, "copy"}));
  });
}

// predict(rows: Dataset | typed array, scale, outputs, precision): fills outputs.
void NetworkBinding::Predict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double scale = Argument(info, 1, "scale").number();
  Dataset data;
  if (info[0].IsTypedArray()) {
    const Borrowed inputs = borrow(env, info[0], "x");
    const size_t columns = visit([](auto& model) { return model.network->inputs().width(); });
    checkRows(inputs, "x", columns);
    data.inputs.emplace_back(
        std::make_shared<Table>(Table{formatOf(inputs, "x"), inputs.length / columns, columns, scale,
                                      std::shared_ptr<const void>(std::shared_ptr<void>(), inputs.data)}));
  } else {
    data = DatasetBinding::from({info[0], "x"}).data();
  }
  visit([&]<typename Real>(Model<Real>& model) {
    model.network->inputs().check(data);
    const Precision precision = precisionFor(*model.network, {info, 3, "precision"});
    const Count count = Count::exactly(data.rows() * model.network->positions() * model.network->outputs());
    const auto outputs = Argument(info, 2, "outputs").array<Real>(count);
    predict(*model.network, model.current().get(), data, outputs.data(), precision, model.predictions);
    predictions_.set(model.predictions.bytes());
  });
}

// evaluate(dataset, loss, accuracy, precision, metrics?, calibration?, custom?, ranks?, identity?): { loss, accuracy?,
// metrics }
Napi::Value NetworkBinding::Evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool accuracy = Argument(info, 2, "accuracy").flag();
  const Scoring scoring = scoringOf({info, 1, "loss"}, accuracy);
  MetricPlan plan = metricPlanOf({info, 4, "metrics"}, predictionsOf(scoring.loss), {info, 5, "calibration"});
  const DatasetBinding& given = DatasetBinding::from({info, 0, "data"});
  const Dataset data = given.data();
  const auto memory = given.memory();  // a custom loss may dispose of the dataset
  return visit([&]<typename Real>(Model<Real>& model) -> Napi::Value {
    model.network->inputs().check(data);
    checkTargets(scoring, data, model.network->outputs(), model.network->positions());
    checkMetrics(plan, data, model.network->outputs(), model.network->positions());
    const Argument custom(info, 6, "custom");
    const Precision precision = precisionFor(*model.network, {info, 3, "precision"});
    const bool isCustom = scoring.loss == Loss::custom;
    std::shared_ptr<Communicator> ranks;
    if (const Argument given(info, 7, "ranks"); given.isGiven())
      ranks = CommunicatorBinding::from(given).communicator();
    const Communicator::Lock lock(ranks);
    const auto parameters = isCustom ? model.copied() : model.current();
    const auto [tally, metrics] = evaluate(model.network, parameters.get(), data, scoring, precision, std::move(plan),
                                           isCustom ? customLossOf<Real>(custom) : CustomLoss<Real>(), orAlone(ranks),
                                           ranks ? Argument(info, 8, "identity").text() : std::string());
    return objectOf(env, "loss", tally.meanLoss(), "accuracy",
                    accuracy ? std::optional(tally.accuracy()) : std::nullopt, "metrics", numbersIn(env, metrics));
  });
}

// differentiate(dataset, loss, training, seed, gradient?, direction?, product?): the loss; fills gradient and product.
double NetworkBinding::Differentiate(const Napi::CallbackInfo& info) {
  const Scoring scoring = scoringOf({info, 1, "loss"}, false);
  const Manner manner{Argument(info, 2, "training").flag() ? Mode::training : Mode::evaluation,
                      Argument(info, 3, "seed").wholeNumber()};
  const Dataset data = DatasetBinding::from({info, 0, "data"}).data();
  return visit([&]<typename Real>(Model<Real>& model) {
    model.network->inputs().check(data);
    checkTargets(scoring, data, model.network->outputs(), model.network->positions());
    const Derivatives<Real> derivatives{numbersIfGiven(*model.network, {info, 4, "gradient"}),
                                        numbersIfGiven(*model.network, {info, 5, "direction"}),
                                        numbersIfGiven(*model.network, {info, 6, "product"})};
    if (!derivatives.direction != !derivatives.product)
      throw Error("ERR_INVALID_ARGUMENT", "a direction needs a product, and a product a direction");
    return differentiate(model.network, model.current().get(), data, scoring, manner, derivatives);
  });
}

// gradientVariance(dataset, loss, gradient, variance): { loss, total }; fills gradient and variance, both needed.
Napi::Value NetworkBinding::GradientVariance(const Napi::CallbackInfo& info) {
  const Scoring scoring = scoringOf({info, 1, "loss"}, false);
  const Dataset data = DatasetBinding::from({info, 0, "data"}).data();
  return visit([&]<typename Real>(Model<Real>& model) {
    model.network->inputs().check(data);
    checkTargets(scoring, data, model.network->outputs(), model.network->positions());
    const GradientSpread spread = gradientVariance(model.network, model.current().get(), data, scoring,
                                                   numbersFor(*model.network, {info, 2, "gradient"}),
                                                   numbersFor(*model.network, {info, 3, "variance"}));
    return objectOf(info.Env(), "loss", spread.loss, "total", spread.total);
  });
}

}  // namespace glissade
