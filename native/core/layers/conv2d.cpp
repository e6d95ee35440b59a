#include "layers/conv2d.h"

#include <algorithm>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {
namespace {

constexpr size_t kLeastRows = 16;  // of patches that are laid out at a time

}  // namespace

template <typename Real>
std::vector<Tensor> Conv2d<Real>::tensors() const {
  std::vector<Tensor> tensors{{"weight",
                               {windows_.kernelHeight, windows_.kernelWidth, image_.channels, options_.channels},
                               true,
                               true,
                               Sides::outputsLast}};
  if (options_.bias) tensors.push_back({"bias", {options_.channels}, false});
  return tensors;
}

template <typename Real>
void Conv2d<Real>::initialize(Random& random, Real* parameters) const {
  glissade::initialize(chosen(options_.initializer, options_.activation),
                       {depth(), windows_.taps() * options_.channels}, options_.channels, random, parameters);
  if (options_.bias) std::fill_n(parameters + depth() * options_.channels, options_.channels, Real(0));
}

/// How many rows of patches are laid out at a time. Does not depend on the width of panels: the weights' gradient is
/// summed block by block, and its bits must not depend on the instruction set.
template <typename Real>
size_t Conv2d<Real>::blockRows() const {
  constexpr size_t kNumbers = 32768;
  return std::max(kNumbers / panelSize(1, depth() + 1) / kLeastRows * kLeastRows, kLeastRows);
}

/// A block of patches, in panels, with the factors of its products in bfloat16.
template <typename Real>
struct Conv2d<Real>::Scratch {
  Flow<Real> patches;
  RoundedMatrix<Real> roundedPatches, roundedDelta;

  Scratch(Arena& arena, const Conv2d& layer, size_t width, Tangents tangents, bool isRounded) {
    const size_t rows = layer.blockRows();
    patches = {arena.takeTrack<Real>(panelSize(rows, layer.depth() + 1, width), tangents), rows * width, width};
    if (!isRounded) return;
    roundedPatches = {arena, width, rows, layer.rows(), Pairing::both};
    roundedDelta = {arena, width, rows, layer.options_.channels, Pairing::both};
  }
};

template <typename Real>
auto Conv2d<Real>::scratchOf(const Pass<Real>& pass) const -> Scratch {
  Arena arena(*pass.scratch);
  // The last layer's parameterGradient() has no pass.output.
  const Tangents tangents = pass.memory.inputs[0].data.tangents ? Tangents::alongside : Tangents::none;
  return {arena, *this, pass.table().panelWidth, tangents, own(pass).rounded.size() > 0};
}

template <typename Real>
size_t Conv2d<Real>::scratchSize(const Room<Real>& room) const {
  Arena counting;
  Scratch(counting, *this, room.panelWidth(), room.tangents, room.precision != Precision::full);
  return counting.used();
}

template <typename Real>
std::unique_ptr<LayerMemory<Real>> Conv2d<Real>::allocate(const Room<Real>& room) const {
  auto memory = std::make_unique<ConvolutionMemory<Real>>();
  if (room.precision == Precision::full) return memory;
  const Pairing pairing = room.use == Use::forward ? Pairing::rows : Pairing::both;
  memory->rounded = laidOut([&](Arena& arena) {
    memory->roundedWeights = {arena, room.panelWidth(), rows(), options_.channels, pairing};
  });
  return memory;
}

template <typename Real>
void Conv2d<Real>::refresh(const Kernels& kernels, LayerMemory<Real>& memory, const MatrixRows& changed,
                           const Real* parameters) const {
  const Track<const Real> track{parameters, nullptr};
  const Flow<const Real> weights{track, kernels.of<Real>().panelWidth, options_.channels};
  own(memory).roundedWeights.pairRows(kernels, weights, options_.channels, changed.rows, rows());
  own(memory).roundedWeights.pairColumns(kernels, weights, options_.channels, changed.rows);
}

/// Calls work(rows) for a range of rows, a block at a time.
template <typename Real>
template <typename Work>
void Conv2d<Real>::forEachBlock(const Range& rows, Work work) const {
  const size_t most = blockRows();
  for (size_t begin = rows.begin; begin < rows.end; begin += most) work(Range{begin, std::min(begin + most, rows.end)});
}

/// Lays out rows of im2col for some outputs and taps. A column of ones follows the last tap, for the bias.
template <typename Real>
void Conv2d<Real>::layOutPatches(const Pass<Real>& pass, const Flow<Real>& patches, const Range& taps,
                                 const Range& outputs) const {
  linearly(pass.memory.inputs[0], patches, [&](const Panels<const Real>& image, const Panels<Real>& to) {
    // im2col() only reads the image.
    pass.layerKernels().im2col({windows_,
                                image_.channels,
                                taps.begin,
                                taps.end,
                                {const_cast<Real*>(image.data), image.panelStride, image.rowStride},
                                to,
                                outputs.begin,
                                outputs.end});
  });
  if (options_.bias && taps.end == windows_.taps())
    writeOnes(patches, pass.table().panelWidth, taps.size() * image_.channels, {0, outputs.size()});
}

template <typename Real>
void Conv2d<Real>::forward(const Pass<Real>& pass) const {
  if (!pass.works()) return;
  const Scratch scratch = scratchOf(pass);
  const Flow<const Real> patches = constant(scratch.patches);
  const Flow<Real>& preactivation = pass.preactivation;
  OperandProduct<Real> y{scratch.roundedPatches.of(patches, blockRows(), rows()), weights(pass), pass.output};
  y.epilogue.activation = options_.activation;
  y.epilogue.nextColumn = pass.memory.afterOutputs;
  forEachBlock(pass.worker().share(pass.count * windows_.outputs(), kLeastRows), [&](const Range& rows) {
    const Range block{0, rows.size()};
    layOutPatches(pass, scratch.patches, {0, windows_.taps()}, rows);
    scratch.roundedPatches.pairColumns(pass.kernels, patches, this->rows(), block);
    y.c = fromRow(pass.output, rows.begin);
    y.epilogue.keptPreactivation = preactivation.data.values ? fromRow(preactivation, rows.begin).data.values : nullptr;
    multiply(y, pass.kernels, block);
    if (y.c.data.tangents) activate(pass, options_.activation, options_.channels, rows);
  });
}

template <typename Real>
void Conv2d<Real>::backward(const Pass<Real>& pass) const {
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted || !pass.works()) return;
  const Scratch scratch = scratchOf(pass);
  OperandProduct<Real> dx{{}, transposed(weights(pass)), scratch.patches};
  dx.b.columns = depth();  // without the biases
  const Range share = pass.worker().share(pass.count);
  for (size_t example = share.begin; example < share.end; ++example) {
    const Range image = rowsOf({example, example + 1}, image_);
    clear(inputGradient.delta, pass.table().panelWidth, image_.channels, image);
    forEachBlock(rowsOf({example, example + 1}, outputs()), [&](const Range& rows) {
      const Flow<const Real> delta = fromRow(constant(pass.memory.delta), rows.begin);
      const Range block{0, rows.size()};
      scratch.roundedDelta.pairColumns(pass.kernels, delta, options_.channels, block);
      dx.a = scratch.roundedDelta.of(delta, rows.size(), options_.channels);
      multiply(dx, pass.kernels, block);
      linearly(constant(scratch.patches), inputGradient.delta,
               [&](const Panels<const Real>& from, const Panels<Real>& to) {
                 pass.layerKernels().col2im({windows_,
                                             image_.channels,
                                             0,
                                             windows_.taps(),
                                             to,
                                             {const_cast<Real*>(from.data), from.panelStride, from.rowStride},
                                             rows.begin,
                                             rows.end});
               });
    });
    finish(pass, inputGradient, image_.channels, image);
  }
}

template <typename Real>
void Conv2d<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                     const Track<Real>& gradient) const {
  const size_t channels = image_.channels, outputs = options_.channels;
  const Range all{0, pass.count * windows_.outputs()}, weights{block.rows.begin, std::min(block.rows.end, depth())};
  if (block.rows.end > depth())
    sumColumns(pass, constant(pass.memory.delta), all.end, outputs, gradient + (depth() - block.rows.begin) * outputs);
  if (weights.begin >= weights.end) return;
  // Lays out only the taps whose weights are in the rows.
  const Range taps{weights.begin / channels, ceilingOf(weights.end, channels)};
  const size_t first = weights.begin - taps.begin * channels;
  const Scratch scratch = scratchOf(pass);
  const Flow<const Real> patches = constant(scratch.patches);
  OperandProduct<Real> dw{{}, {}, {gradient, pass.table().panelWidth, outputs}, {}, first};
  forEachBlock(all, [&](const Range& rows) {
    const Flow<const Real> delta = fromRow(constant(pass.memory.delta), rows.begin);
    const size_t count = rows.size();
    layOutPatches(pass, scratch.patches, taps, rows);
    scratch.roundedPatches.pairRows(pass.kernels, patches, taps.size() * channels, {0, count}, count);
    scratch.roundedDelta.pairRows(pass.kernels, delta, outputs, {0, count}, count);
    dw.a = transposed(scratch.roundedPatches.of(patches, count, taps.size() * channels));
    dw.b = scratch.roundedDelta.of(delta, count, outputs);
    multiply(dw, pass.kernels, Range{first, first + weights.size()});
    dw.epilogue.accumulates = true;
  });
}

template class Conv2d<float>;
template class Conv2d<double>;

}  // namespace glissade
