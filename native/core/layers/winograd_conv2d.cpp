#include "layers/winograd_conv2d.h"

#include <algorithm>
#include <type_traits>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {
namespace {

constexpr size_t kTileSide = 2;

size_t pointsOfLine(const Windows& windows) { return windows.kernelWidth == 3 ? 4 : 7; }
size_t pointsOf(const Windows& windows) { return pointsOfLine(windows) * pointsOfLine(windows); }
/// Which point of the outputs' gradient is the sum of a tile.
size_t sumPoint(const Windows& windows) { return pointsOfLine(windows) + 1; }
size_t tilesAcross(const Windows& windows) { return ceilingOf(windows.outputWidth, kTileSide); }
size_t tilesDown(const Windows& windows) { return ceilingOf(windows.outputHeight, kTileSide); }

/// How many lines of tiles the gradient of weights sums at a time. Its bits depend on this.
size_t linesOfSum(const Windows& windows) {
  constexpr size_t kTiles = 64;
  return std::max<size_t>(kTiles / tilesAcross(windows), 1);
}

/// The numbers that a point's matrix takes. The line of the cache at its end keeps the points of a tile in different
/// sets of a cache.
size_t sizeOf(size_t rows, size_t columns, size_t width) {
  constexpr size_t kLine = 16;
  return ceilingOf(columns, width) * width * rows + kLine;
}

/// How much is done at a time, so that a member's scratch stays in the second-level cache beside the points of weights.
struct Plan {
  size_t lines;          // of tiles, forward and in the gradient with respect to the image
  size_t points;         // in the gradient of weights
  size_t scratch;        // in numbers
  size_t tiles, summed;  // the most in a product of rows of tiles, and in a sum over tiles

  Plan(const Windows& windows, size_t inputs, size_t outputs, size_t width) {
    constexpr size_t kScratch = 131072;
    const size_t all = pointsOf(windows), across = tilesAcross(windows);
    summed = linesOfSum(windows) * across;
    const auto sizeOfPoint = [&](size_t tiles) { return sizeOf(tiles, inputs, width) + sizeOf(tiles, outputs, width); };
    lines = std::max<size_t>(kScratch / (all * sizeOfPoint(across)), 1);
    points = std::clamp<size_t>(kScratch / sizeOfPoint(summed), 1, all);
    tiles = lines * across;
    scratch = std::max(all * sizeOfPoint(tiles), points * sizeOfPoint(summed));
  }
};

/// Calls work(part) for parts of a range, of `most` items each, except for the last.
template <typename Work>
void inParts(const Range& range, size_t most, Work work) {
  for (size_t begin = range.begin; begin < range.end; begin += most)
    work(Range{begin, std::min(begin + most, range.end)});
}

/// Matrices in panels, one for each point.
template <typename Real>
struct Points {
  Flow<Real> first;
  size_t stride;

  Points(const Track<Real>& memory, size_t rows, size_t columns, size_t width)
      : first{memory, rows * width, width}, stride(sizeOf(rows, columns, width)) {}
  Flow<Real> operator[](size_t i) const { return {first.data + i * stride, first.panelStride, first.rowStride}; }
};

/// A pass through a convolution, and where its points are.
template <typename Real>
struct Work {
  using Transform = void (*)(const WinogradRows<Real>&);

  const Pass<Real>& pass;
  const Windows& windows;
  size_t inputs, outputs;  // channels
  size_t width = pass.table().panelWidth;
  size_t points = pointsOf(windows), across = tilesAcross(windows), down = tilesDown(windows);
  Plan plan{windows, inputs, outputs, width};
  const typename LayerKernels<Real>::Winograd& transforms =
      windows.kernelWidth == 3 ? pass.layerKernels().winograd3 : pass.layerKernels().winograd5;

  // In `saved`; all but the points of weights for training only.
  Points<Real> weights{pass.memory.savedTrack(), inputs, outputs, width};
  Points<Real> gradient{weights[points].data, inputs, outputs, width};
  Points<Real> transposed{gradient[points].data, outputs, inputs, width};
  Track<Real> biasGradient = transposed[points].data, biasPart = biasGradient + outputs;

  /// In a member's scratch: `count` points of some tiles of the image, then those of their outputs.
  Points<Real> imagePoints(size_t tiles) const {
    Buffer<Real>& scratch = pass.memory.scratch[pass.member.index()];
    const bool isDual = pass.memory.inputs[0].data.tangents;
    return {{scratch.data(), isDual ? scratch.data() + scratch.size() / 2 : nullptr}, tiles, inputs, width};
  }
  Points<Real> outputPoints(const Points<Real>& image, size_t count, size_t tiles) const {
    return {image[count].data, tiles, outputs, width};
  }

  WinogradRows<Real> rows(size_t columns, const Range& ofPoints, const Range& range) const {
    WinogradRows<Real> rows{};
    rows.windows = windows;
    rows.columns = columns;
    rows.pointBegin = ofPoints.begin;
    rows.pointEnd = ofPoints.end;
    rows.begin = range.begin;
    rows.end = range.end;
    rows.channels = inputs;
    return rows;
  }

  /// Goes from a matrix to points, or back, with values and with tangents if there are any.
  void transform(Transform kernel, WinogradRows<Real> rows, const Flow<const Real>& matrix, const Points<Real>& to,
                 const Points<Real>* transposedTo = nullptr, const Track<const Real>& bias = {}) const {
    const auto run = [&](const Panels<const Real>& image, const Panels<Real>& points, const Real* biases) {
      rows.image = {const_cast<Real*>(image.data), image.panelStride, image.rowStride};  // written if it is the result
      rows.points = points;
      rows.pointStride = to.stride;
      rows.bias = biases;
      kernel(rows);
    };
    if (transposedTo) rows.transposed = valuesOf(transposedTo->first);
    if (transposedTo) rows.transposedStride = transposedTo->stride;
    run(valuesOf(matrix), valuesOf(to.first), bias.values);
    if (!to.first.data.tangents) return;
    if (transposedTo) rows.transposed = tangentsOf(transposedTo->first);
    run(tangentsOf(matrix), tangentsOf(to.first), bias.tangents);
  }

  bool isInPairs() const { return !pass.memory.pairs.isEmpty(); }

  /// A point's rows of `weightRows` or `weightColumns`.
  static Panels<Pair> ofPoint(PanelBuffer<Pair>& pairs, size_t rows, size_t point) {
    const Panels<Pair> all = pairs.panels();
    return {all.data + point * rows * all.rowStride, all.panelStride, all.rowStride};
  }

  /// The product of a point in bfloat16, where B are the weights unless it is a sum over tiles.
  void multiplyInPairs(const FlowProduct<Real>& product, size_t point, size_t rows) const {
    if constexpr (std::is_same_v<Real, float>) {
      PairMemory& pairs = pass.memory.pairs;
      PairOperands& operands = pairs.scratch[pass.member.index()];
      if (product.values.aIsTransposed)
        multiplyPairs(product, pass.kernels, inputs, Range{0, rows}, operands);
      else if (product.values.bIsTransposed)
        multiplyPairs(product, pass.kernels, rows, constant(ofPoint(pairs.weightColumns, inputs, point)),
                      operands.deltaColumns);
      else
        multiplyPairs(product, pass.kernels, rows, constant(ofPoint(pairs.weightRows, pairDepth(inputs), point)),
                      operands.inputColumns);
    }
  }

  /// Rounds the points of the weights of some channels, from an even one on.
  void roundWeights(const Range& channels) const {
    if constexpr (std::is_same_v<Real, float>) {
      PairMemory& pairs = pass.memory.pairs;
      const Bfloat16Kernels& table = pass.kernels.bfloat16;
      for (size_t i = 0; i < points; ++i) {
        const Panels<const float> point = valuesOf(constant(weights[i]));
        table.pairRows(point, inputs, outputs, channels.begin / 2, ceilingOf(channels.end, 2),
                       ofPoint(pairs.weightRows, pairDepth(inputs), i));
        if (!pairs.weightColumns.isEmpty())
          table.pairColumns(point, outputs, channels.begin, channels.end, ofPoint(pairs.weightColumns, inputs, i));
      }
    }
  }

  /// c ← a·b, or what `product` says, for `count` points.
  void multiply(FlowProduct<Real> product, size_t count, const Points<Real>& a, const Points<Real>& b,
                const Points<Real>& c, size_t rows) const {
    for (size_t i = 0; i < count; ++i) {
      product.a = constant(a[i]);
      product.b = constant(b[i]);
      product.c = c[i];
      if (isInPairs())
        multiplyInPairs(product, i, rows);
      else
        product.forEach([&](const Product<Real>& p) { glissade::multiply(p, pass.kernels, Range{0, rows}); });
    }
  }

  /// The first output of a line of tiles.
  size_t rowOf(size_t line) const {
    return (line / down * windows.outputHeight + line % down * kTileSide) * windows.outputWidth;
  }

  /// Finds the points of the weights of some channels.
  void transformWeights(const Range& channels) const {
    transform(transforms.weights, rows(outputs, {0, points}, channels),
              Flow<const Real>{pass.parameters, width, outputs}, weights,
              pass.memory.inputGradients[0].isWanted && !isInPairs() ? &transposed : nullptr);
    if (isInPairs()) roundWeights(channels);
  }

  /// Finds the preactivations of some lines of tiles.
  void convolve(const Range& lines, const Track<const Real>& bias) const {
    const Range tiles{lines.begin * across, lines.end * across};
    const size_t count = tiles.end - tiles.begin;
    const Points<Real> image = imagePoints(count), results = outputPoints(image, points, count);
    FlowProduct<Real> product;
    product.values.columns = outputs;
    product.values.depth = inputs;
    transform(transforms.image, rows(inputs, {0, points}, tiles), pass.memory.inputs[0], image);
    multiply(product, points, image, weights, results, count);
    transform(transforms.output, rows(outputs, {0, points}, tiles), constant(pass.output), results, nullptr, bias);
  }

  /// Sums some points of the gradient of weights over all tiles.
  void sumWeightGradient(const Range& some) const {
    const Flow<const Real> delta = constant(pass.memory.delta.flow());
    const size_t count = some.end - some.begin;
    const Points<Real> sums{gradient[some.begin].data, inputs, outputs, width};
    FlowProduct<Real> product;
    product.values.columns = outputs;
    product.values.aIsTransposed = true;
    inParts({0, pass.count * down}, linesOfSum(windows), [&](const Range& lines) {
      const Range tiles{lines.begin * across, lines.end * across};
      product.values.depth = tiles.end - tiles.begin;
      const Points<Real> image = imagePoints(product.values.depth),
                         deltas = outputPoints(image, count, product.values.depth);
      transform(transforms.image, rows(inputs, some, tiles), pass.memory.inputs[0], image);
      transform(transforms.outputGradient, rows(outputs, some, tiles), delta, deltas);
      multiply(product, count, image, deltas, sums, inputs);
      const size_t sum = sumPoint(windows);
      if (sum >= some.begin && sum < some.end)
        addBiasGradient(deltas[sum - some.begin], product.values.depth, product.values.accumulates);
      product.values.accumulates = true;
    });
  }

  /// biasGradient ← the sums of tiles, or their sum with it.
  void addBiasGradient(const Flow<Real>& tileSums, size_t tiles, bool accumulates) const {
    linearly(constant(tileSums), Flow<Real>{accumulates ? biasPart : biasGradient, 0, 0},
             [&](const Panels<const Real>& from, const Panels<Real>& to) {
               pass.layerKernels().sumColumns(from, tiles, outputs, to.data);
             });
    if (!accumulates) return;
    linearly(Flow<const Real>{constant(biasPart), 0, 0}, Flow<Real>{biasGradient, 0, 0},
             [&](const Panels<const Real>& from, const Panels<Real>& to) {
               for (size_t j = 0; j < outputs; ++j) to.data[j] += from.data[j];
             });
  }

  /// Adds some tiles to the gradient with respect to the image.
  void addInputGradient(const Range& tiles) const {
    const size_t count = tiles.end - tiles.begin;
    const Points<Real> image = imagePoints(count), deltas = outputPoints(image, points, count);
    FlowProduct<Real> product;
    product.values.columns = inputs;
    product.values.depth = outputs;
    product.values.bIsTransposed = isInPairs();  // the points of weights in pairs of columns
    transform(transforms.outputGradient, rows(outputs, {0, points}, tiles), constant(pass.memory.delta.flow()), deltas);
    multiply(product, points, deltas, transposed, image, count);
    transform(transforms.imageGradient, rows(inputs, {0, points}, tiles), constant(pass.memory.inputGradients[0].delta),
              image);
  }
};

}  // namespace

template <typename Real>
bool WinogradConv2d<Real>::suits(const Shape& image, const Windows& w, size_t channels) {
  constexpr size_t kLeastChannels = 16, kLeastTiles = 16;
  const bool hasAlgorithm = w.kernelHeight == w.kernelWidth && (w.kernelWidth == 3 || w.kernelWidth == 5);
  return hasAlgorithm && w.strideHeight == 1 && w.strideWidth == 1 && image.channels >= kLeastChannels &&
         channels >= kLeastChannels && tilesAcross(w) * tilesDown(w) >= kLeastTiles;
}

template <typename Real>
void WinogradConv2d<Real>::allocate(const typename Layer<Real>::Room& room, LayerMemory<Real>& memory) const {
  const size_t width = room.kernels.template of<Real>().panelWidth, inputs = this->image().channels,
               outputs = this->options().channels, plain = sizeOf(inputs, outputs, width);
  const size_t points = pointsOf(this->windows());
  const size_t training = points * (plain + sizeOf(outputs, inputs, width)) + 2 * outputs;
  const size_t size = points * plain + (room.use == Use::forward ? 0 : training);
  memory.saved = Buffer<Real>(size);
  if (room.tangents == Tangents::alongside) memory.savedTangents = Buffer<Real>(size);
  if (room.precision == Precision::full) return;
  memory.pairs.weightRows = PanelBuffer<Pair>(width, points * pairDepth(inputs), outputs);
  if (room.use != Use::forward)
    memory.pairs.weightColumns = PanelBuffer<Pair>(width, points * inputs, pairDepth(outputs));
}

template <typename Real>
void WinogradConv2d<Real>::setTeamSize(size_t members, const Kernels& kernels, Tangents tangents,
                                       LayerMemory<Real>& memory) const {
  const size_t width = kernels.of<Real>().panelWidth, inputs = this->image().channels,
               outputs = this->options().channels;
  const Plan plan(this->windows(), inputs, outputs, width);
  const size_t kinds = tangents == Tangents::alongside ? 2 : 1;
  while (memory.scratch.size() < members) memory.scratch.emplace_back(kinds * plan.scratch);
  this->addPairScratch(members, memory, {width, plan.tiles, inputs, plan.summed, inputs});
}

template <typename Real>
void WinogradConv2d<Real>::forward(const Pass<Real>& pass) const {
  const Work<Real> work{pass, this->windows(), this->image().channels, this->options().channels};
  work.transformWeights(pass.member.share(work.inputs, 2));
  pass.member.barrier();
  if (!works(pass)) return;
  Track<const Real> bias{};
  if (this->options().bias) bias = pass.parameters + this->depth() * work.outputs;
  inParts(workerOf(pass).share(pass.count * work.down), work.plan.lines, [&](const Range& lines) {
    work.convolve(lines, bias);
    activate(pass, this->activation(), work.outputs, {work.rowOf(lines.begin), work.rowOf(lines.end)});
  });
}

template <typename Real>
void WinogradConv2d<Real>::backward(const Pass<Real>& pass) const {
  if (!works(pass)) return;
  const Work<Real> work{pass, this->windows(), this->image().channels, this->options().channels};
  if (!pass.memory.isFrozen)
    inParts(workerOf(pass).share(work.points), work.plan.points,
            [&](const Range& points) { work.sumWeightGradient(points); });
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted) return;
  const size_t together = std::max<size_t>(work.plan.lines / work.down, 1);
  inParts(workerOf(pass).share(pass.count), together, [&](const Range& examples) {
    const Range rows = rowsOf(examples, this->image());
    const size_t tiles = work.across * work.down;
    clear(inputGradient.delta, work.width, work.inputs, rows);
    inParts({examples.begin * tiles, examples.end * tiles}, work.plan.lines * work.across,
            [&](const Range& some) { work.addInputGradient(some); });
    finish(pass, inputGradient, work.inputs, rows);
  });
}

template <typename Real>
void WinogradConv2d<Real>::parameterGradient(const Pass<Real>& pass, const typename Layer<Real>::MatrixRows& block,
                                             const Track<Real>& gradient) const {
  const Work<Real> work{pass, this->windows(), this->image().channels, this->options().channels};
  const size_t depth = this->depth(), begin = block.rows.begin, end = std::min(block.rows.end, depth);
  if (block.rows.end > depth)
    linearly(
        Flow<const Real>{constant(work.biasGradient), 0, 0},
        Flow<Real>{gradient + (depth - begin) * work.outputs, 0, 0},
        [&](const Panels<const Real>& from, const Panels<Real>& to) { std::copy_n(from.data, work.outputs, to.data); });
  if (begin >= end) return;
  const size_t tap = begin / work.inputs * work.inputs;
  const bool isOneTap = end <= tap + work.inputs;
  WinogradRows<Real> rows =
      work.rows(work.outputs, {0, work.points}, isOneTap ? Range{begin - tap, end - tap} : Range{0, work.inputs});
  rows.rowBegin = begin;
  rows.rowEnd = end;
  work.transform(work.transforms.weightGradient, rows, {constant(gradient), work.width, work.outputs}, work.gradient);
}

template class WinogradConv2d<float>;
template class WinogradConv2d<double>;

}  // namespace glissade
