#include "layers.h"

#include <string>
#include <utility>

#include "error.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/dense.h"
#include "layers/dropout.h"
#include "layers/embedding.h"
#include "layers/flatten.h"
#include "layers/join.h"
#include "layers/layer_norm.h"
#include "layers/pool.h"
#include "layers/softmax.h"
#include "layers/sparse_dense.h"

namespace glissade {
namespace {

/// A value of an enumeration by its name.
template <typename Value, size_t kCount>
Value named(const std::pair<const char*, Value> (&values)[kCount], const std::string& name) {
  for (const auto& [known, value] : values)
    if (name == known) return value;
  throw Error("ERR_INVALID_ARGUMENT", "unknown name \"" + name + "\"");
}

constexpr std::pair<const char*, Activation> kActivations[] = {
    {"identity", Activation::identity}, {"relu", Activation::relu},       {"leakyRelu", Activation::leakyRelu},
    {"elu", Activation::elu},           {"gelu", Activation::gelu},       {"silu", Activation::silu},
    {"tanh", Activation::tanh},         {"sigmoid", Activation::sigmoid}, {"softplus", Activation::softplus}};

constexpr std::pair<const char*, Initializer> kInitializers[] = {{"automatic", Initializer::automatic},
                                                                 {"heUniform", Initializer::heUniform},
                                                                 {"heNormal", Initializer::heNormal},
                                                                 {"glorotUniform", Initializer::glorotUniform},
                                                                 {"glorotNormal", Initializer::glorotNormal},
                                                                 {"lecunUniform", Initializer::lecunUniform},
                                                                 {"lecunNormal", Initializer::lecunNormal},
                                                                 {"orthogonal", Initializer::orthogonal},
                                                                 {"zeros", Initializer::zeros}};

/// The options of a layer.
class Options {
 public:
  explicit Options(Napi::Object object) : object_(object) {}

  std::string text(const char* key) const { return object_.Get(key).ToString(); }
  double number(const char* key) const { return object_.Get(key).ToNumber().DoubleValue(); }
  size_t size(const char* key) const { return static_cast<size_t>(number(key)); }
  bool flag(const char* key) const { return object_.Get(key).ToBoolean(); }
  std::array<size_t, 2> pair(const char* key) const {
    const auto list = object_.Get(key).As<Napi::Array>();
    const auto at = [&](uint32_t i) { return static_cast<size_t>(list.Get(i).ToNumber().Int64Value()); };
    return {at(0), at(1)};
  }
  std::vector<size_t> sizes(const char* key) const {
    const auto list = object_.Get(key).As<Napi::Array>();
    std::vector<size_t> sizes;
    for (uint32_t i = 0; i < list.Length(); ++i)
      sizes.push_back(static_cast<size_t>(list.Get(i).ToNumber().Int64Value()));
    return sizes;
  }
  Activation activation() const { return named(kActivations, text("activation")); }
  Initializer initializer() const { return named(kInitializers, text("initializer")); }
  WindowOptions windows(const char* kernel) const {
    const bool isSame = object_.Get("padding").IsString();
    return {pair(kernel), pair("stride"), isSame ? std::array<size_t, 2>{} : pair("padding"), isSame};
  }

 private:
  Napi::Object object_;
};

/// What a layer takes: inputs of the network, or what layers make, which are numbers.
using Sources = std::vector<NetworkInput>;

NetworkInput inputOf(Napi::Object description) {
  const Options options(description);
  const std::string kind = options.text("kind");
  NetworkInput input;
  input.name = options.text("name");
  if (kind == "sparse") {
    input.kind = InputBlock::Kind::sparse;
    input.columns = options.size("columns");
  } else if (kind == "categorical") {
    input.kind = InputBlock::Kind::categorical;
    for (const size_t cardinality : options.sizes("cardinalities"))
      input.cardinalities.push_back(static_cast<uint32_t>(cardinality));
  } else {
    input.shape = {options.size("height"), options.size("width"), options.size("channels")};
  }
  return input;
}

template <typename Real>
std::unique_ptr<Layer<Real>> denseOf(const Options& options, const NetworkInput& from) {
  const DenseOptions dense{options.size("outputs"), options.activation(), options.flag("bias"), options.initializer()};
  if (from.kind == InputBlock::Kind::sparse) return std::make_unique<SparseDense<Real>>(from.columns, dense);
  return std::make_unique<Dense<Real>>(from.shape, dense);
}

template <typename Real>
std::unique_ptr<Layer<Real>> layerOf(const std::string& kind, const Options& options, const Sources& from) {
  if (kind == "embedding") {
    if (from.front().kind != InputBlock::Kind::categorical)
      throw Error("ERR_SHAPE", "takes categories; give the network inputs: { categories: [100, 7] }");
    return std::make_unique<Embedding<Real>>(from.front().cardinalities, options.sizes("dimensions"));
  }
  std::vector<Shape> shapes;
  for (const NetworkInput& source : from) {
    if (source.kind == InputBlock::Kind::categorical)
      throw Error("ERR_SHAPE", "takes numbers, but gets categories; put embedding() before it");
    if (source.kind == InputBlock::Kind::sparse && kind != "dense")
      throw Error("ERR_SHAPE", "takes numbers, but gets sparse columns, which dense() reads; put one before it");
    shapes.push_back(source.shape);
  }
  const Shape& shape = shapes.front();
  if (kind == "dense") return denseOf<Real>(options, from.front());
  if (kind == "conv2d")
    return std::make_unique<Conv2d<Real>>(
        shape, windowsOver(shape, options.windows("kernel")),
        Conv2dOptions{options.size("channels"), options.activation(), options.flag("bias"), options.initializer()});
  if (kind == "maxPool" || kind == "averagePool")
    return std::make_unique<Pool<Real>>(shape, kind == "maxPool" ? Pooling::max : Pooling::average,
                                        windowsOver(shape, options.windows("size")));
  if (kind == "globalPool")
    return std::make_unique<Pool<Real>>(shape, options.text("pooling") == "max" ? Pooling::max : Pooling::average,
                                        windowsOver(shape, {{shape.height, shape.width}, {1, 1}, {0, 0}}));
  if (kind == "flatten") return std::make_unique<Flatten<Real>>(shape);
  if (kind == "dropout") return std::make_unique<Dropout<Real>>(shape, options.number("rate"));
  if (kind == "layerNorm")
    return std::make_unique<LayerNorm<Real>>(shape, options.number("epsilon"), options.activation());
  if (kind == "batchNorm")
    return std::make_unique<BatchNorm<Real>>(
        shape, BatchNormOptions{options.number("epsilon"), options.number("momentum"), options.activation()});
  if (kind == "softmax") return std::make_unique<Softmax<Real>>(shape);
  if (kind == "residual" || kind == "parallel")
    return std::make_unique<Join<Real>>(shapes, options.text("join") == "sum" ? Joining::sum : Joining::concatenate,
                                        options.activation());
  throw Error("ERR_INVALID_ARGUMENT", "unknown layer \"" + kind + "\"");
}

}  // namespace

template <typename Real>
std::shared_ptr<const Network<Real>> networkOf(Napi::Object specification) {
  std::vector<NetworkInput> inputs;
  const auto blocks = specification.Get("inputs").As<Napi::Array>();
  for (uint32_t i = 0; i < blocks.Length(); ++i) inputs.push_back(inputOf(blocks.Get(i).As<Napi::Object>()));
  std::vector<Shape> shapes;  // of the layers
  const auto list = specification.Get("nodes").As<Napi::Array>();
  std::vector<Node<Real>> nodes;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const auto description = list.Get(i).As<Napi::Object>();
    const Options options(description);
    const auto from = description.Get("from").As<Napi::Array>();
    Node<Real> node{options.text("name"), nullptr, {}};
    Sources sources;
    for (uint32_t k = 0; k < from.Length(); ++k) {
      const auto source = static_cast<size_t>(from.Get(k).ToNumber().Int64Value());
      node.from.push_back(source);
      sources.push_back(source < inputs.size() ? inputs[source]
                                               : NetworkInput::numbers(shapes.at(source - inputs.size())));
    }
    try {
      node.layer = layerOf<Real>(options.text("kind"), options, sources);
    } catch (const Error& error) {
      throw Error(error.code(), node.name + " (" + options.text("kind") + "): " + error.what());
    }
    shapes.push_back(node.layer->outputs());
    nodes.push_back(std::move(node));
  }
  return std::make_shared<const Network<Real>>(std::move(inputs), std::move(nodes));
}

template std::shared_ptr<const Network<float>> networkOf(Napi::Object);
template std::shared_ptr<const Network<double>> networkOf(Napi::Object);

}  // namespace glissade
