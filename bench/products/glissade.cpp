#include "contestant.h"
#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"
#include "operand.h"
#include "parallel/threads.h"

using namespace glissade;

namespace {

void onThreads(int threads, const std::function<void(const Member&)>& work) {
  static Threads team;
  team.run(team.grow(static_cast<size_t>(threads)), work);
}

}  // namespace

namespace {

/// Completes a product with operands in the layouts of the training loop.
template <typename Element>
Work workOf(const Task& task, const Product<float, Element>& given) {
  const auto gradient = operand<float>(task.rows * task.columns);
  const auto outputs = std::make_shared<PanelBuffer<float>>(kernels().float32.panelWidth, task.rows, task.columns);
  Product<float, Element> product = given;
  product.columns = task.columns;
  product.aIsTransposed = task.kind == "tn";
  product.bIsTransposed = task.kind == "nt";
  product.c = product.aIsTransposed ? rowMajor(kernels().float32, gradient.get(), task.columns) : outputs->panels();
  const size_t blockRows = std::max<size_t>(32, 32768 / task.columns / 32 * 32);
  return [=, threads = task.threads, rows = task.rows] {
    (void)gradient, (void)outputs;
    onThreads(threads, [&](const Member& member) {
      if (!product.aIsTransposed) {
        multiply(product, kernels(), member, rows);
        return;
      }
      const Range share = member.share(rows, 2);
      for (size_t row = share.begin; row < share.end; row += blockRows)
        multiply(product, kernels(), Range{row, std::min(share.end, row + blockRows)});
    });
  };
}

/// A matrix in panels, and its conversions to pairs of bfloat16 along columns or rows.
struct Source {
  size_t rows, columns, width = kernels().float32.panelWidth;
  PanelBuffer<float> panels{width, rows, columns};

  Source(size_t rows, size_t columns) : rows(rows), columns(columns) {
    panels.assign({0, rows}, operand<float>(rows * columns).get(), columns);
  }
  static size_t pairs(size_t terms) { return ceilingOf(ceilingOf(terms, 2), kDepthGrain) * kDepthGrain; }
  std::shared_ptr<PanelBuffer<Pair>> acrossColumns() {
    auto to = std::make_shared<PanelBuffer<Pair>>(width, rows, pairs(columns));
    kernels().bfloat16.pairColumns(constant(panels.panels()), columns, 0, rows, to->panels());
    return to;
  }
  std::shared_ptr<PanelBuffer<Pair>> acrossRows() {
    auto to = std::make_shared<PanelBuffer<Pair>>(width, pairs(rows), columns);
    kernels().bfloat16.pairRows(constant(panels.panels()), rows, columns, 0, ceilingOf(rows, 2), to->panels());
    return to;
  }
};

}  // namespace

Work glissadeProduct(const Task& task, const std::string& instructionSet) {
  if (!instructionSet.empty()) useInstructionSet(instructionSet);
  const bool isWeightGradient = task.kind == "tn", isInputGradient = task.kind == "nt";
  const auto a = isWeightGradient ? std::make_shared<Source>(task.depth, task.rows)
                                  : std::make_shared<Source>(task.rows, task.depth);
  const auto b = isInputGradient ? std::make_shared<Source>(task.columns, task.depth)
                                 : std::make_shared<Source>(task.depth, task.columns);
  if (task.isBfloat16) {
    const auto left = isWeightGradient ? a->acrossRows() : a->acrossColumns();
    const auto right = isInputGradient ? b->acrossColumns() : b->acrossRows();
    Product<float, Pair> product{};
    product.depth = ceilingOf(task.depth, 2);
    product.a = constant(left->panels());
    product.b = constant(right->panels());
    return [left, right, work = workOf(task, product)] { work(); };
  }
  const auto weights = operand<float>(task.depth * task.columns);
  Product<float> product{};
  product.depth = task.depth;
  product.a = constant(a->panels.panels());
  product.b = isWeightGradient ? constant(b->panels.panels())
                               : rowMajor<const float>(kernels().float32, weights.get(),
                                                       isInputGradient ? task.depth : task.columns);
  return [a, b, weights, work = workOf(task, product)] { work(); };
}
