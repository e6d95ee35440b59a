#include "network.h"

#include <string>

#include "arguments.h"
#include "dataset.h"
#include "layers.h"
#include "loss.h"
#include "training/derivatives.h"
#include "training/evaluation.h"
#include "training/gradient_variance.h"
#include "training/prediction.h"

namespace glissade {
namespace {

/// An array with a number for each parameter of the network, or none.
template <typename Real>
Real* numbersFor(const Network<Real>& network, Napi::Value value, const char* name) {
  if (value.IsUndefined()) return nullptr;
  const Borrowed array = borrow(value.Env(), value, name);
  if (array.type != arrayTypeOf<Real> || array.length != network.parameterCount())
    throw Error("ERR_SHAPE", std::string("the array for the ") + name + " does not fit the network");
  return array.as<Real>();
}

}  // namespace

Napi::Function NetworkBinding::define(Napi::Env env) {
  return DefineClass(
      env, "Network",
      {InstanceMethod("tensors", &NetworkBinding::Tensors),
       InstanceMethod("parameterCount", &NetworkBinding::ParameterCount),
       InstanceMethod("outputs", &NetworkBinding::Outputs), InstanceMethod("bind", &NetworkBinding::Bind),
       InstanceMethod("initialize", &NetworkBinding::Initialize), InstanceMethod("predict", &NetworkBinding::Predict),
       InstanceMethod("evaluate", &NetworkBinding::Evaluate),
       InstanceMethod("differentiate", &NetworkBinding::Differentiate),
       InstanceMethod("gradientVariance", &NetworkBinding::GradientVariance)});
}

// new Network({ type, inputs, nodes })
NetworkBinding::NetworkBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NetworkBinding>(info) {
  guarded(info.Env(), [&] {
    const auto specification = info[0].As<Napi::Object>();
    if (std::string(specification.Get("type").ToString()) == "float64")
      model_ = Model<double>{networkOf<double>(specification), nullptr, nullptr, nullptr};
    else
      model_ = Model<float>{networkOf<float>(specification), nullptr, nullptr, nullptr};
  });
}

// tensors(): [{ name, shape, offset, size }], in the order of the slab.
Napi::Value NetworkBinding::Tensors(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto list = Napi::Array::New(env);
  visit([&](auto& model) {
    for (const TensorPlace& tensor : model.network->tensors()) {
      auto shape = Napi::Array::New(env);
      for (uint32_t i = 0; i < tensor.shape.size(); ++i) shape.Set(i, static_cast<double>(tensor.shape[i]));
      auto item = Napi::Object::New(env);
      item.Set("name", tensor.name);
      item.Set("shape", shape);
      item.Set("offset", static_cast<double>(tensor.offset));
      item.Set("size", static_cast<double>(tensor.size));
      item.Set("decays", tensor.decays);
      item.Set("trains", tensor.trains);
      item.Set("isSparse", tensor.isSparse);
      if (tensor.sides == Sides::outputsLast) item.Set("outputs", "columns");
      list.Set(list.Length(), item);
    }
  });
  return list;
}

Napi::Value NetworkBinding::ParameterCount(const Napi::CallbackInfo& info) {
  return visit(
      [&](auto& model) { return Napi::Number::New(info.Env(), static_cast<double>(model.network->parameterCount())); });
}

Napi::Value NetworkBinding::Outputs(const Napi::CallbackInfo& info) {
  return visit(
      [&](auto& model) { return Napi::Number::New(info.Env(), static_cast<double>(model.network->outputs())); });
}

// bind(slab): a shared typed array of parameterCount elements, with kReadBeyond bytes to read after them.
Napi::Value NetworkBinding::Bind(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Borrowed slab = borrow(info.Env(), info[0], "slab");
    visit([&]<typename Real>(Model<Real>& model) {
      if (slab.type != arrayTypeOf<Real> || slab.length != model.network->parameterCount())
        throw Error("ERR_INVALID_ARGUMENT", "the slab does not fit the network");
      model.parameters = slab.as<Real>();
    });
    slab_ = Napi::Persistent(info[0].As<Napi::Object>());
    return info.Env().Undefined();
  });
}

Napi::Value NetworkBinding::Initialize(const Napi::CallbackInfo& info) {
  const auto seed = static_cast<uint64_t>(info[0].ToNumber().Int64Value());
  visit([&](auto& model) { model.network->initialize(seed, model.parameters); });
  return info.Env().Undefined();
}

// predict(rows: Dataset | typed array, scale, outputs, precision): fills outputs.
Napi::Value NetworkBinding::Predict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Borrowed outputs = borrow(env, info[2], "outputs");
    Dataset data;
    if (info[0].IsTypedArray()) {
      const Borrowed inputs = borrow(env, info[0], "inputs");
      const size_t columns = visit([](auto& model) { return model.network->inputWidth(); });
      data.inputs.emplace_back(std::make_shared<Table>(
          Table{formatOf(inputs, "inputs"), inputs.length / columns, columns, info[1].ToNumber().DoubleValue(),
                std::shared_ptr<const void>(std::shared_ptr<void>(), inputs.data)}));
    } else {
      data = DatasetBinding::from(info[0]).data();
    }
    visit([&]<typename Real>(Model<Real>& model) {
      model.network->checkInputs(data);
      if (outputs.type != arrayTypeOf<Real> || outputs.length != data.rows() * model.network->outputs())
        throw Error("ERR_SHAPE", "the array for outputs does not fit");
      predict(*model.network, model.current().get(), data, outputs.as<Real>(), precisionFor(*model.network, info[3]),
              model.small);
    });
    return env.Undefined();
  });
}

// evaluate(dataset, loss, accuracy, precision): { loss, accuracy? }
Napi::Value NetworkBinding::Evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Dataset& data = DatasetBinding::from(info[0]).data();
    const bool accuracy = info[2].ToBoolean();
    const Scoring scoring = scoringOf(info[1].As<Napi::Object>(), accuracy);
    return visit([&]<typename Real>(Model<Real>& model) -> Napi::Value {
      model.network->checkInputs(data);
      checkTargets(scoring, data, model.network->outputs());
      const Tally tally =
          evaluate(model.network, model.current().get(), data, scoring, precisionFor(*model.network, info[3]));
      auto result = Napi::Object::New(env);
      result.Set("loss", tally.meanLoss());
      if (accuracy) result.Set("accuracy", tally.accuracy());
      return result;
    });
  });
}

// differentiate(dataset, loss, training, seed, gradient?, direction?, product?): the loss; fills gradient and product.
Napi::Value NetworkBinding::Differentiate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Dataset& data = DatasetBinding::from(info[0]).data();
    const Scoring scoring = scoringOf(info[1].As<Napi::Object>(), false);
    const Manner manner{info[2].ToBoolean() ? Mode::training : Mode::evaluation,
                        static_cast<uint64_t>(info[3].ToNumber().Int64Value())};
    return visit([&]<typename Real>(Model<Real>& model) {
      model.network->checkInputs(data);
      checkTargets(scoring, data, model.network->outputs());
      const Derivatives<Real> derivatives{numbersFor(*model.network, info[4], "gradient"),
                                          numbersFor(*model.network, info[5], "direction"),
                                          numbersFor(*model.network, info[6], "product")};
      return Napi::Number::New(env,
                               differentiate(model.network, model.current().get(), data, scoring, manner, derivatives));
    });
  });
}

// gradientVariance(dataset, loss, gradient, variance): { loss, total }; fills gradient and variance, both needed.
Napi::Value NetworkBinding::GradientVariance(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Dataset& data = DatasetBinding::from(info[0]).data();
    const Scoring scoring = scoringOf(info[1].As<Napi::Object>(), false);
    return visit([&]<typename Real>(Model<Real>& model) {
      model.network->checkInputs(data);
      checkTargets(scoring, data, model.network->outputs());
      const GradientSpread spread = gradientVariance(model.network, model.current().get(), data, scoring,
                                                     numbersFor(*model.network, info[2], "gradient"),
                                                     numbersFor(*model.network, info[3], "variance"));
      auto result = Napi::Object::New(env);
      result.Set("loss", spread.loss);
      result.Set("total", spread.total);
      return result;
    });
  });
}

}  // namespace glissade
