#include "layers/winograd_conv2d.h"

#include <algorithm>

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
  return checkedSum(panelSize(rows, columns, width), kLine);
}

/// Matrices of `rows` rows and `columns` columns, one for each point.
template <typename Real>
WinogradPoints<Real> pointsFrom(Arena& arena, size_t points, size_t rows, size_t columns, size_t width,
                                Tangents tangents) {
  const size_t stride = sizeOf(rows, columns, width);
  return {{arena.takeTrack<Real>(checkedProduct(points, stride), tangents), rows * width, width}, stride};
}

/// A member's scratch: points of some tiles of the image, and of their outputs. A point is rounded at a time.
template <typename Real>
struct Scratch {
  WinogradPoints<Real> image, outputs;
  RoundedMatrix<Real> roundedImage, roundedOutputs;
};

/// How much is computed at a time. A member's scratch then stays in the second-level cache beside the points of
/// weights.
struct Plan {
  size_t inputs, outputs, width;  // channels; of a panel
  size_t all;                     // points of a tile
  size_t lines;                   // of tiles, forward and in the gradient with respect to the image
  size_t points;                  // in the gradient of weights
  size_t tiles, summed;           // the most in a product of rows of tiles, and in a sum over tiles

  Plan(const Windows& windows, size_t inputs, size_t outputs, size_t width)
      : inputs(inputs), outputs(outputs), width(width), all(pointsOf(windows)) {
    constexpr size_t kScratch = 131072;
    const size_t across = tilesAcross(windows);
    summed = linesOfSum(windows) * across;
    lines = std::max<size_t>(kScratch / (all * sizeOfPoint(across)), 1);
    points = std::clamp<size_t>(kScratch / sizeOfPoint(summed), 1, all);
    tiles = lines * across;
  }

  size_t sizeOfPoint(size_t ofTiles) const { return sizeOf(ofTiles, inputs, width) + sizeOf(ofTiles, outputs, width); }

  /// `count` points of `ofTiles` tiles.
  template <typename Real>
  Scratch<Real> scratch(Arena& arena, size_t count, size_t ofTiles, Tangents tangents, Precision precision) const {
    Scratch<Real> scratch{pointsFrom<Real>(arena, count, ofTiles, inputs, width, tangents),
                          pointsFrom<Real>(arena, count, ofTiles, outputs, width, tangents),
                          {},
                          {}};
    if (precision == Precision::full) return scratch;
    scratch.roundedImage = {arena, width, ofTiles, inputs, Pairing::both};
    scratch.roundedOutputs = {arena, width, ofTiles, outputs, Pairing::both};
    return scratch;
  }
};

/// Calls work(part) for parts of a range, of `most` items each, except for the last.
template <typename Work>
void inParts(const Range& range, size_t most, Work work) {
  for (size_t begin = range.begin; begin < range.end; begin += most)
    work(Range{begin, std::min(begin + most, range.end)});
}

/// A pass through a convolution, and where its points are.
template <typename Real>
struct Work {
  using Transform = void (*)(const WinogradRows<Real>&);

  const Pass<Real>& pass;
  const Windows& windows;
  size_t inputs, outputs;  // channels
  const WinogradMemory<Real>& memory = static_cast<const WinogradMemory<Real>&>(pass.memory);
  size_t width = pass.table().panelWidth;
  size_t points = pointsOf(windows), across = tilesAcross(windows), down = tilesDown(windows);
  Plan plan{windows, inputs, outputs, width};
  const typename LayerKernels<Real>::Winograd& transforms =
      windows.kernelWidth == 3 ? pass.layerKernels().winograd3 : pass.layerKernels().winograd5;

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
  void transform(Transform kernel, WinogradRows<Real> rows, const Flow<const Real>& matrix,
                 const WinogradPoints<Real>& to, const WinogradPoints<Real>* transposedTo = nullptr,
                 const Track<const Real>& bias = {}) const {
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

  bool isRounded() const { return !memory.weights.rounded.empty(); }

  /// This member's scratch for `count` points of so many tiles.
  Scratch<Real> scratch(size_t count, size_t tiles) const {
    Arena arena(*pass.scratch);
    return plan.scratch<Real>(arena, count, tiles,
                              pass.memory.inputs[0].data.tangents ? Tangents::alongside : Tangents::none,
                              isRounded() ? Precision::bfloat16 : Precision::full);
  }

  /// The first output of a line of tiles.
  size_t rowOf(size_t line) const {
    return (line / down * windows.outputHeight + line % down * kTileSide) * windows.outputWidth;
  }

  /// Computes the points of the weights of some channels, from an even one on.
  void transformWeights(const Range& channels) const {
    const bool isTransposedWanted = pass.memory.inputGradients[0].isWanted && !isRounded();
    transform(transforms.weights, rows(outputs, {0, points}, channels),
              Flow<const Real>{pass.parameters, width, outputs}, memory.weights,
              isTransposedWanted ? &memory.transposed : nullptr);
    for (size_t i = 0; i < memory.weights.rounded.size(); ++i) {
      const RoundedMatrix<Real>& rounded = memory.weights.rounded[i];
      rounded.pairRows(pass.kernels, constant(memory.weights[i]), outputs, channels, inputs);
      rounded.pairColumns(pass.kernels, constant(memory.weights[i]), outputs, channels);
    }
  }

  /// Computes the preactivations of some lines of tiles.
  void convolve(const Range& lines, const Track<const Real>& bias) const {
    const Range tiles{lines.begin * across, lines.end * across};
    const Scratch<Real> s = scratch(points, tiles.size());
    transform(transforms.image, rows(inputs, {0, points}, tiles), pass.memory.inputs[0], s.image);
    for (size_t i = 0; i < points; ++i) {
      const Flow<const Real> image = constant(s.image[i]);
      s.roundedImage.pairColumns(pass.kernels, image, inputs, {0, tiles.size()});
      const OperandProduct<Real> product{s.roundedImage.of(image, tiles.size(), inputs),
                                         memory.weights.factor(i, inputs, outputs), s.outputs[i]};
      multiply(product, pass.kernels, Range{0, tiles.size()});
    }
    transform(transforms.output, rows(outputs, {0, points}, tiles), constant(pass.output), s.outputs, nullptr, bias);
  }

  /// Sums some points of the gradient of weights over all tiles.
  void sumWeightGradient(const Range& some) const {
    const Flow<const Real> delta = constant(pass.memory.delta);
    inParts({0, pass.count * down}, linesOfSum(windows), [&](const Range& lines) {
      const Range tiles{lines.begin * across, lines.end * across};
      const size_t depth = tiles.size();
      const Scratch<Real> s = scratch(some.size(), depth);
      transform(transforms.image, rows(inputs, some, tiles), pass.memory.inputs[0], s.image);
      transform(transforms.outputGradient, rows(outputs, some, tiles), delta, s.outputs);
      for (size_t i = 0; i < some.size(); ++i) {
        const Flow<const Real> image = constant(s.image[i]), gradient = constant(s.outputs[i]);
        s.roundedImage.pairRows(pass.kernels, image, inputs, {0, depth}, depth);
        s.roundedOutputs.pairRows(pass.kernels, gradient, outputs, {0, depth}, depth);
        const OperandProduct<Real> product{transposed(s.roundedImage.of(image, depth, inputs)),
                                           s.roundedOutputs.of(gradient, depth, outputs),
                                           memory.gradient[some.begin + i],
                                           {.accumulates = lines.begin > 0}};
        multiply(product, pass.kernels, Range{0, inputs});
      }
      const size_t sum = sumPoint(windows);
      if (sum >= some.begin && sum < some.end) addBiasGradient(s.outputs[sum - some.begin], depth, lines.begin > 0);
    });
  }

  /// biasGradient ← the sums of tiles, or their sum with it.
  void addBiasGradient(const Flow<Real>& tileSums, size_t tiles, bool accumulates) const {
    sumColumns(pass, constant(tileSums), tiles, outputs, accumulates ? memory.biasPart : memory.biasGradient);
    if (!accumulates) return;
    linearly(Flow<const Real>{constant(memory.biasPart), 0, 0}, Flow<Real>{memory.biasGradient, 0, 0},
             [&](const Panels<const Real>& from, const Panels<Real>& to) {
               for (size_t j = 0; j < outputs; ++j) to.data[j] += from.data[j];
             });
  }

  /// Adds some tiles to the gradient with respect to the image.
  void addInputGradient(const Range& tiles) const {
    const Scratch<Real> s = scratch(points, tiles.size());
    transform(transforms.outputGradient, rows(outputs, {0, points}, tiles), constant(pass.memory.delta), s.outputs);
    for (size_t i = 0; i < points; ++i) {
      const Flow<const Real> gradient = constant(s.outputs[i]);
      s.roundedOutputs.pairColumns(pass.kernels, gradient, outputs, {0, tiles.size()});
      const OperandProduct<Real> product{s.roundedOutputs.of(gradient, tiles.size(), outputs),
                                         isRounded() ? transposed(memory.weights.factor(i, inputs, outputs))
                                                     : memory.transposed.factor(i, outputs, inputs),
                                         s.image[i]};
      multiply(product, pass.kernels, Range{0, tiles.size()});
    }
    transform(transforms.imageGradient, rows(inputs, {0, points}, tiles), constant(pass.memory.inputGradients[0].delta),
              s.image);
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
std::unique_ptr<LayerMemory<Real>> WinogradConv2d<Real>::allocate(const Room<Real>& room) const {
  auto memory = std::make_unique<WinogradMemory<Real>>();
  const size_t width = room.panelWidth(), inputs = this->image().channels, outputs = this->options().channels;
  const size_t points = pointsOf(this->windows());
  const bool isForward = room.use == Use::forward, isRounded = room.precision != Precision::full;
  memory->weights.rounded.resize(isRounded ? points : 0);
  memory->points = laidOut([&](Arena& arena) {
    const auto take = [&](size_t rows, size_t columns, WinogradPoints<Real>& to) {
      to.first = pointsFrom<Real>(arena, points, rows, columns, width, room.tangents).first;
      to.stride = sizeOf(rows, columns, width);
    };
    take(inputs, outputs, memory->weights);
    for (RoundedMatrix<Real>& rounded : memory->weights.rounded)
      rounded = {arena, width, inputs, outputs, isForward ? Pairing::rows : Pairing::both};
    if (isForward) return;
    take(inputs, outputs, memory->gradient);
    if (!isRounded) take(outputs, inputs, memory->transposed);
    memory->biasGradient = arena.takeTrack<Real>(outputs, room.tangents);
    memory->biasPart = arena.takeTrack<Real>(outputs, room.tangents);
  });
  return memory;
}

template <typename Real>
size_t WinogradConv2d<Real>::scratchSize(const Room<Real>& room) const {
  const Plan plan(this->windows(), this->image().channels, this->options().channels, room.panelWidth());
  Arena forward, sums;
  plan.scratch<Real>(forward, plan.all, plan.tiles, room.tangents, room.precision);
  plan.scratch<Real>(sums, plan.points, plan.summed, room.tangents, room.precision);
  return std::max(forward.used(), sums.used());
}

template <typename Real>
void WinogradConv2d<Real>::forward(const Pass<Real>& pass) const {
  const Work<Real> work{pass, this->windows(), this->image().channels, this->options().channels};
  work.transformWeights(pass.member.share(work.inputs, 2));
  pass.member.barrier();
  if (!pass.works()) return;
  Track<const Real> bias{};
  if (this->options().bias) bias = pass.parameters + this->depth() * work.outputs;
  inParts(pass.worker().share(pass.count * work.down), work.plan.lines, [&](const Range& lines) {
    work.convolve(lines, bias);
    const Range rows{work.rowOf(lines.begin), work.rowOf(lines.end)};
    activate(pass, this->activation(), work.outputs, rows);
    if (pass.memory.afterOutputs == NextColumn::one) writeOnes(pass.output, work.width, work.outputs, rows);
  });
}

template <typename Real>
void WinogradConv2d<Real>::backward(const Pass<Real>& pass) const {
  if (!pass.works()) return;
  const Work<Real> work{pass, this->windows(), this->image().channels, this->options().channels};
  if (!pass.memory.matrices[0].isFrozen)
    inParts(pass.worker().share(work.points), work.plan.points,
            [&](const Range& points) { work.sumWeightGradient(points); });
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted) return;
  const size_t together = std::max<size_t>(work.plan.lines / work.down, 1);
  inParts(pass.worker().share(pass.count), together, [&](const Range& examples) {
    const Range rows = rowsOf(examples, this->image());
    const size_t tiles = work.across * work.down;
    clear(inputGradient.delta, work.width, work.inputs, rows);
    inParts({examples.begin * tiles, examples.end * tiles}, work.plan.lines * work.across,
            [&](const Range& some) { work.addInputGradient(some); });
    finish(pass, inputGradient, work.inputs, rows);
  });
}

template <typename Real>
void WinogradConv2d<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                             const Track<Real>& gradient) const {
  const Work<Real> work{pass, this->windows(), this->image().channels, this->options().channels};
  const size_t depth = this->depth(), begin = block.rows.begin, end = std::min(block.rows.end, depth);
  if (block.rows.end > depth)
    linearly(
        Flow<const Real>{constant(work.memory.biasGradient), 0, 0},
        Flow<Real>{gradient + (depth - begin) * work.outputs, 0, 0},
        [&](const Panels<const Real>& from, const Panels<Real>& to) { std::copy_n(from.data, work.outputs, to.data); });
  if (begin >= end) return;
  const size_t tap = begin / work.inputs * work.inputs;
  const bool isOneTap = end <= tap + work.inputs;
  WinogradRows<Real> rows =
      work.rows(work.outputs, {0, work.points}, isOneTap ? Range{begin - tap, end - tap} : Range{0, work.inputs});
  rows.rowBegin = begin;
  rows.rowEnd = end;
  work.transform(work.transforms.weightGradient, rows, {constant(gradient), work.width, work.outputs},
                 work.memory.gradient);
}

template class WinogradConv2d<float>;
template class WinogradConv2d<double>;

}  // namespace glissade
