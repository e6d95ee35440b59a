#include "layers.h"

#include <string>
#include <utility>

#include "error.h"
#include "layers/batch_ensemble.h"
#include "layers/batch_norm.h"
#include "layers/dense.h"
#include "layers/dropout.h"
#include "layers/embedding.h"
#include "layers/flatten.h"
#include "layers/hierarchical_softmax.h"
#include "layers/join.h"
#include "layers/layer_norm.h"
#include "layers/member_mean.h"
#include "layers/pool.h"
#include "layers/sampled_softmax.h"
#include "layers/similarity.h"
#include "layers/softmax.h"
#include "layers/sparse_dense.h"
#include "layers/winograd_conv2d.h"

namespace glissade {
namespace {

constexpr Words<Activation, 9> kActivations = {
    {"identity", Activation::identity}, {"relu", Activation::relu},       {"leakyRelu", Activation::leakyRelu},
    {"elu", Activation::elu},           {"gelu", Activation::gelu},       {"silu", Activation::silu},
    {"tanh", Activation::tanh},         {"sigmoid", Activation::sigmoid}, {"softplus", Activation::softplus}};

constexpr Words<Initializer, 9> kInitializers = {{"automatic", Initializer::automatic},
                                                 {"heUniform", Initializer::heUniform},
                                                 {"heNormal", Initializer::heNormal},
                                                 {"glorotUniform", Initializer::glorotUniform},
                                                 {"glorotNormal", Initializer::glorotNormal},
                                                 {"lecunUniform", Initializer::lecunUniform},
                                                 {"lecunNormal", Initializer::lecunNormal},
                                                 {"orthogonal", Initializer::orthogonal},
                                                 {"zeros", Initializer::zeros}};

constexpr Words<Adapters, 4> kAdapters = {{"automatic", Adapters::automatic},
                                          {"ones", Adapters::ones},
                                          {"signs", Adapters::signs},
                                          {"normal", Adapters::normal}};

constexpr Words<Pooling, 2> kPoolings = {{"max", Pooling::max}, {"average", Pooling::average}};

constexpr Words<Joining, 2> kJoinings = {{"sum", Joining::sum}, {"concatenate", Joining::concatenate}};

constexpr Words<InputBlock::Kind, 3> kInputKinds = {{"dense", InputBlock::Kind::dense},
                                                    {"categorical", InputBlock::Kind::categorical},
                                                    {"sparse", InputBlock::Kind::sparse}};

constexpr Words<bool, 1> kIsSame = {{"same", true}};

class Options {
 public:
  explicit Options(const Argument& object) : object_(object) {}

  std::string text(const char* key) const { return object_[key].text(); }
  double number(const char* key) const { return object_[key].number(); }
  /// A whole number from 1 to kMost.
  size_t size(const char* key) const { return positive(object_[key]); }
  bool flag(const char* key) const { return object_[key].flag(); }
  std::vector<Argument> items(const char* key) const { return object_[key].items(); }
  std::vector<size_t> sizes(const char* key) const { return object_[key].sizes(); }
  std::vector<size_t> counts(const char* key) const {
    std::vector<size_t> counts;
    for (const Argument& item : object_[key].items()) counts.push_back(positive(item));
    return counts;
  }
  std::array<size_t, 2> pair(const char* key) const { return both(key, counts(key)); }
  template <typename Value, size_t kCount>
  Value word(const char* key, const Words<Value, kCount>& words) const {
    return object_[key].word(words);
  }
  Activation activation() const { return word("activation", kActivations); }
  Initializer initializer() const { return word("initializer", kInitializers); }
  WindowOptions windows(const char* kernel) const {
    const bool isSame = object_["padding"].value().IsString() && word("padding", kIsSame);
    return {pair(kernel), pair("stride"), isSame ? std::array<size_t, 2>{} : both("padding", sizes("padding")), isSame};
  }

 private:
  // The limit of sides and counts. It keeps the product of two within 64 bits.
  static constexpr uint64_t kMost = INT32_MAX;

  static size_t positive(const Argument& number) {
    const uint64_t count = number.wholeNumber(kMost);
    if (count == 0) throw Error("ERR_OUT_OF_RANGE", number.name() + " is 0");
    return count;
  }
  static std::array<size_t, 2> both(const char* key, const std::vector<size_t>& sides) {
    if (sides.size() != 2)
      throw Error("ERR_SHAPE", std::string(key) + " has " + std::to_string(sides.size()) + " elements, expected 2");
    return {sides[0], sides[1]};
  }

  const Argument& object_;
};

/// The sources of a layer: inputs of the network, or outputs of layers, which are described as dense inputs.
using Sources = std::vector<NetworkInput>;

NetworkInput inputOf(const Argument& description) {
  const Options options(description);
  NetworkInput input;
  input.name = options.text("name");
  input.kind = options.word("kind", kInputKinds);
  if (input.kind == InputBlock::Kind::sparse) {
    input.columns = options.size("columns");
  } else if (input.kind == InputBlock::Kind::categorical) {
    for (const size_t cardinality : options.counts("cardinalities"))
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
    const std::vector<size_t> dimensions = options.counts("dimensions");
    const std::vector<uint32_t>& cardinalities = from.front().cardinalities;
    if (dimensions.size() != cardinalities.size())
      throw Error("ERR_SHAPE", "has " + std::to_string(dimensions.size()) + " dimensions for " +
                                   std::to_string(cardinalities.size()) + " columns of categories");
    return std::make_unique<Embedding<Real>>(cardinalities, dimensions);
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
    return conv2dOf<Real>(
        shape, windowsOver(shape, options.windows("kernel")),
        Conv2dOptions{options.size("channels"), options.activation(), options.flag("bias"), options.initializer()});
  if (kind == "maxPool" || kind == "averagePool")
    return std::make_unique<Pool<Real>>(shape, kind == "maxPool" ? Pooling::max : Pooling::average,
                                        windowsOver(shape, options.windows("size")));
  if (kind == "globalPool")
    return std::make_unique<Pool<Real>>(shape, options.word("pooling", kPoolings),
                                        windowsOver(shape, {{shape.height, shape.width}, {1, 1}, {0, 0}}));
  if (kind == "flatten") return std::make_unique<Flatten<Real>>(shape);
  if (kind == "dropout") return std::make_unique<Dropout<Real>>(shape, options.number("rate"));
  if (kind == "layerNorm")
    return std::make_unique<LayerNorm<Real>>(shape, options.number("epsilon"), options.activation());
  if (kind == "batchNorm")
    return std::make_unique<BatchNorm<Real>>(
        shape, BatchNormOptions{options.number("epsilon"), options.number("momentum"), options.activation()});
  if (kind == "batchEnsemble")
    return std::make_unique<BatchEnsemble<Real>>(
        shape, BatchEnsembleOptions{options.size("outputs"), options.size("members"), options.activation(),
                                    options.flag("bias"), options.initializer(), options.word("adapters", kAdapters)});
  if (kind == "memberMean") return std::make_unique<MemberMean<Real>>(shape);
  if (kind == "hierarchicalSoftmax") {
    const std::vector<size_t> children = options.sizes("children");
    return std::make_unique<HierarchicalSoftmax<Real>>(
        shape, ClassTree(std::vector<uint32_t>(children.begin(), children.end())));
  }
  if (kind == "sampledSoftmax") {
    std::vector<double> frequencies;
    for (const Argument& item : options.items("frequencies")) frequencies.push_back(item.number());
    return std::make_unique<SampledSoftmax<Real>>(shape, std::move(frequencies), options.size("count"));
  }
  if (kind == "softmax") return std::make_unique<Softmax<Real>>(shape);
  if (kind == "residual" || kind == "parallel") {
    const std::string join = options.text("join");
    if (join == "dot" || join == "cosine")
      return std::make_unique<Similarity<Real>>(shapes, join == "dot" ? Measure::dot : Measure::cosine,
                                                options.activation());
    return std::make_unique<Join<Real>>(shapes, options.word("join", kJoinings), options.activation());
  }
  throw Error("ERR_INVALID_ARGUMENT", "unknown layer \"" + kind + "\"");
}

/// Checks that no tensor has more elements than JavaScript can count.
/// @throws Error ERR_OUT_OF_RANGE for the first one that has.
template <typename Real>
void checkCountable(const std::string& name, const Layer<Real>& layer) {
  for (const Tensor& tensor : layer.tensors())
    if (!isCountable(tensor.shape))
      throw Error("ERR_OUT_OF_RANGE", name + "." + tensor.name + " has too many parameters");
}

}  // namespace

template <typename Real>
std::shared_ptr<const Network<Real>> networkOf(const Argument& specification) {
  std::vector<NetworkInput> inputs;
  for (const Argument& description : specification["inputs"].items()) inputs.push_back(inputOf(description));
  std::vector<Shape> shapes;  // of the layers' outputs
  std::vector<Node<Real>> nodes;
  for (const Argument& description : specification["nodes"].items()) {
    const Options options(description);
    Node<Real> node{options.text("name"), nullptr, {}};
    Sources sources;
    for (const size_t source : options.sizes("from")) {
      if (source >= inputs.size() + shapes.size())
        throw Error("ERR_OUT_OF_RANGE", node.name + " takes the outputs of layer " + std::to_string(source) +
                                            ", which does not come before it");
      node.from.push_back(source);
      sources.push_back(source < inputs.size() ? inputs[source]
                                               : NetworkInput::numbers(shapes[source - inputs.size()]));
    }
    if (sources.empty()) throw Error("ERR_SHAPE", node.name + " takes nothing");
    try {
      node.layer = layerOf<Real>(options.text("kind"), options, sources);
    } catch (const Error& error) {
      throw Error(error.code(), node.name + " (" + options.text("kind") + "): " + error.what());
    }
    checkCountable(node.name, *node.layer);
    shapes.push_back(node.layer->outputs());
    nodes.push_back(std::move(node));
  }
  if (inputs.empty() || nodes.empty()) throw Error("ERR_SHAPE", "a network has inputs and layers");
  return std::make_shared<const Network<Real>>(std::move(inputs), std::move(nodes));
}

template std::shared_ptr<const Network<float>> networkOf(const Argument&);
template std::shared_ptr<const Network<double>> networkOf(const Argument&);

}  // namespace glissade
