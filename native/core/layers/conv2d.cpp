#include "layers/conv2d.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

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
  const size_t padded = panelSize(1, depth() + 1);
  return std::max(kScratch / padded / kLeastRows * kLeastRows, kLeastRows);
}

template <typename Real>
void Conv2d<Real>::allocate(const typename Layer<Real>::Room& room, LayerMemory<Real>& memory) const {
  if (room.precision == Precision::full) return;
  const size_t width = room.kernels.template of<Real>().panelWidth, outputs = options_.channels;
  memory.pairs.weightRows = PanelBuffer<Pair>(width, pairDepth(rows()), outputs);
  if (room.use != Use::forward) memory.pairs.weightColumns = PanelBuffer<Pair>(width, depth(), pairDepth(outputs));
}

template <typename Real>
void Conv2d<Real>::setTeamSize(size_t members, const Kernels& kernels, Tangents tangents,
                               LayerMemory<Real>& memory) const {
  const size_t width = kernels.of<Real>().panelWidth;
  const size_t size = ceilingOf(depth() + 1, width) * width * blockRows();
  const size_t kinds = tangents == Tangents::alongside ? 2 : 1;
  while (memory.scratch.size() < members) memory.scratch.emplace_back(kinds * size);
  addPairScratch(members, memory, {width, blockRows(), rows(), blockRows(), depth()});
}

/// Adds to memory.pairs.scratch up to `members` of them, if products are in bfloat16.
template <typename Real>
void Conv2d<Real>::addPairScratch(size_t members, LayerMemory<Real>& memory, const PairSizes& sizes) const {
  PairMemory& pairs = memory.pairs;
  const size_t outputs = options_.channels;
  while (!pairs.isEmpty() && pairs.scratch.size() < members) {
    PairOperands operands;
    operands.inputColumns = PanelBuffer<Pair>(sizes.width, sizes.rows, pairDepth(sizes.terms));
    if (!pairs.weightColumns.isEmpty()) {
      operands.deltaColumns = PanelBuffer<Pair>(sizes.width, sizes.rows, pairDepth(outputs));
      operands.inputRows = PanelBuffer<Pair>(sizes.width, pairDepth(sizes.summed), sizes.inputs);
      operands.deltaRows = PanelBuffer<Pair>(sizes.width, pairDepth(sizes.summed), outputs);
    }
    pairs.scratch.push_back(std::move(operands));
  }
}

template <typename Real>
void Conv2d<Real>::refresh(const Kernels& kernels, LayerMemory<Real>& memory, const Range& range,
                           const Real* parameters) const {
  if constexpr (std::is_same_v<Real, float>)
    if (!memory.pairs.isEmpty())
      refreshPairs(kernels, memory.pairs, parameters, rows(), depth(), options_.channels, range);
}

template <typename Real>
Flow<Real> Conv2d<Real>::scratch(const Pass<Real>& pass) const {
  const size_t width = pass.table().panelWidth, rows = blockRows();
  const size_t size = ceilingOf(depth() + 1, width) * width * rows;
  Real* const memory = pass.memory.scratch[pass.member.index()].data();
  const bool isDual = pass.memory.inputs[0].data.tangents;  // the last layer's parameterGradient() has no pass.output
  return {{memory, isDual ? memory + size : nullptr}, rows * width, width};
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
  if (!options_.bias || taps.end < windows_.taps()) return;
  const size_t width = pass.table().panelWidth, column = (taps.end - taps.begin) * image_.channels;
  const size_t offset = column / width * patches.panelStride + column % width;
  for (size_t i = 0; i < outputs.end - outputs.begin; ++i) {
    patches.data.values[offset + i * patches.rowStride] = 1;
    if (patches.data.tangents) patches.data.tangents[offset + i * patches.rowStride] = 0;
  }
}

/// The first rows of A·W or A·Wᵀ.
template <typename Real>
void Conv2d<Real>::multiplyByWeights(const FlowProduct<Real>& product, const Pass<Real>& pass, size_t rows) const {
  if constexpr (std::is_same_v<Real, float>) {
    PairMemory& pairs = pass.memory.pairs;
    if (isInPairs(pass))
      return product.values.bIsTransposed
                 ? multiplyPairs(product, pass.kernels, rows, constant(pairs.weightColumns.panels()),
                                 operands(pass).deltaColumns)
                 : multiplyPairs(product, pass.kernels, rows, constant(pairs.weightRows.panels()),
                                 operands(pass).inputColumns);
  }
  product.forEach([&](const Product<Real>& p) { multiply(p, pass.kernels, Range{0, rows}); });
}

template <typename Real>
void Conv2d<Real>::forward(const Pass<Real>& pass) const {
  if (!works(pass)) return;
  LayerMemory<Real>& memory = pass.memory;
  const Flow<Real> patches = scratch(pass);
  FlowProduct<Real> y;
  y.values.columns = options_.channels;
  y.values.depth = rows();
  y.values.activation = options_.activation;
  if (outputs().isFlat() && !memory.outputs.isEmpty()) y.values.nextColumn = NextColumn::one;
  y.a = constant(patches);
  y.b = weights(pass);
  const Flow<Real>& preactivation = pass.preactivation;
  forEachBlock(workerOf(pass).share(pass.count * windows_.outputs(), kLeastRows), [&](const Range& rows) {
    layOutPatches(pass, patches, {0, windows_.taps()}, rows);
    y.c = fromRow(pass.output, rows.begin);
    y.values.preactivation = preactivation.data.values ? fromRow(preactivation, rows.begin).data.values : nullptr;
    multiplyByWeights(y, pass, rows.end - rows.begin);
    if (y.c.data.tangents) activate(pass, options_.activation, options_.channels, rows);
  });
}

template <typename Real>
void Conv2d<Real>::backward(const Pass<Real>& pass) const {
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted || !works(pass)) return;
  const Flow<Real> patches = scratch(pass);
  const Flow<const Real> delta = constant(pass.memory.delta.flow());
  FlowProduct<Real> dx;
  dx.values.columns = depth();
  dx.values.depth = options_.channels;
  dx.values.bIsTransposed = true;
  dx.b = weights(pass);
  dx.c = patches;
  const Range share = workerOf(pass).share(pass.count);
  for (size_t example = share.begin; example < share.end; ++example) {
    const Range image = rowsOf({example, example + 1}, image_);
    clear(inputGradient.delta, pass.table().panelWidth, image_.channels, image);
    forEachBlock(rowsOf({example, example + 1}, outputs()), [&](const Range& rows) {
      dx.a = fromRow(delta, rows.begin);
      multiplyByWeights(dx, pass, rows.end - rows.begin);
      linearly(constant(patches), inputGradient.delta, [&](const Panels<const Real>& from, const Panels<Real>& to) {
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
void Conv2d<Real>::parameterGradient(const Pass<Real>& pass, const typename Layer<Real>::MatrixRows& block,
                                     const Track<Real>& gradient) const {
  const size_t channels = image_.channels;
  const Flow<Real> patches = scratch(pass);
  const Flow<const Real> delta = constant(pass.memory.delta.flow());
  const Range all{0, pass.count * windows_.outputs()}, weights{block.rows.begin, std::min(block.rows.end, depth())};
  if (block.rows.end > depth())
    biasGradient(pass, all.end, options_.channels, gradient + (depth() - block.rows.begin) * options_.channels);
  if (weights.begin >= weights.end) return;
  // Lays out only the taps whose weights are in the rows.
  const Range taps{weights.begin / channels, ceilingOf(weights.end, channels)};
  const size_t first = weights.begin - taps.begin * channels;
  FlowProduct<Real> dw;
  dw.values.columns = options_.channels;
  dw.values.aIsTransposed = true;
  dw.values.firstRow = first;
  dw.a = constant(patches);
  dw.c = {gradient, pass.table().panelWidth, options_.channels};
  forEachBlock(all, [&](const Range& rows) {
    layOutPatches(pass, patches, taps, rows);
    dw.values.depth = rows.end - rows.begin;
    dw.b = fromRow(delta, rows.begin);
    const Range some{first, first + weights.end - weights.begin};
    if constexpr (std::is_same_v<Real, float>)
      if (isInPairs(pass)) multiplyPairs(dw, pass.kernels, (taps.end - taps.begin) * channels, some, operands(pass));
    if (!isInPairs(pass)) dw.forEach([&](const Product<Real>& product) { multiply(product, pass.kernels, some); });
    dw.values.accumulates = true;
  });
}

template class Conv2d<float>;
template class Conv2d<double>;

}  // namespace glissade
