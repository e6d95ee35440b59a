#include <omp.h>

#include "contestant.h"
#include "matrix/product.h"
#include "models/network.h"
#include "operand.h"

using namespace glissade;

namespace {

void onThreads(int threads, const std::function<void(const Member&)>& work) {
#pragma omp parallel num_threads(threads)
  work(Member(static_cast<size_t>(omp_get_thread_num()), static_cast<size_t>(omp_get_num_threads())));
}

}  // namespace

Work glissadeProduct(const Task& task, const std::string& instructionSet) {
  if (!instructionSet.empty()) useInstructionSet(instructionSet);
  const KernelsOf<float>& table = kernels().float32;
  const bool isWeightGradient = task.kind == "tn", isInputGradient = task.kind == "nt";
  const auto panels = [&](size_t rows, size_t columns) {
    auto matrix = std::make_shared<PanelBuffer<float>>(table, rows, columns);
    const auto numbers = operand<float>(rows * columns);
    matrix->assign({0, rows}, numbers.get(), columns);
    return matrix;
  };
  const auto a = isWeightGradient ? panels(task.depth, task.rows) : panels(task.rows, task.depth);
  const auto deltas = panels(isWeightGradient ? task.depth : 0, task.columns);
  const auto weights = operand<float>(task.depth * task.columns), gradient = operand<float>(task.rows * task.columns);
  const auto outputs = std::make_shared<PanelBuffer<float>>(table, task.rows, task.columns);

  Product<float> product{};
  product.rows = task.rows;
  product.columns = task.columns;
  product.depth = task.depth;
  product.a = constant(a->panels());
  product.aIsTransposed = isWeightGradient;
  product.bIsTransposed = isInputGradient;
  product.b = isWeightGradient
                  ? constant(deltas->panels())
                  : rowMajor<const float>(table, weights.get(), isInputGradient ? task.depth : task.columns);
  product.c = isWeightGradient ? rowMajor(table, gradient.get(), task.columns) : outputs->panels();
  const size_t blockRows = std::max<size_t>(32, 32768 / task.columns / 32 * 32);
  return [=, &table, threads = task.threads] {
    (void)a, (void)deltas, (void)weights, (void)gradient, (void)outputs;
    onThreads(threads, [&](const Member& member) {
      const size_t columns = ceilingOf(product.columns, table.panelWidth);
      if (isWeightGradient) {
        const Range rows = member.share(product.rows);
        for (size_t row = rows.begin; row < rows.end; row += blockRows)
          table.multiply(product, {row, std::min(rows.end, row + blockRows), 0, columns});
      } else {
        const Crew crew = Crew::of(member, product.rows);
        multiply(product, table, crew.member, crew.rows);
      }
    });
  };
}
