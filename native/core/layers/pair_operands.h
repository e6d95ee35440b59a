#pragma once

#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"

namespace glissade {

/// The operands of products in bfloat16, in pairs along the depth: of adjacent columns or adjacent rows.
struct PairOperands {
  PanelBuffer<Pair> inputColumns, inputRows, deltaColumns, deltaRows;
};

/// The same product of pairs, but for its operands.
inline Product<float, Pair> productOfPairs(const FlowProduct<float>& product) {
  const Product<float>& p = product.values;
  return {.columns = p.columns,
          .depth = ceilingOf(p.depth, 2),
          .a = {},
          .b = {},
          .aIsTransposed = p.aIsTransposed,
          .bIsTransposed = p.bIsTransposed,
          .c = valuesOf(product.c),
          .firstRow = p.firstRow,
          .accumulates = p.accumulates,
          .activation = p.activation,
          .preactivation = p.preactivation,
          .output = p.output,
          .nextColumn = p.nextColumn};
}

/// The first rows of a product A·B or A·Bᵀ in bfloat16. B is in pairs; A is converted, in `columns`.
inline void multiplyPairs(const FlowProduct<float>& product, const Kernels& kernels, size_t rows,
                          const Panels<const Pair>& b, PanelBuffer<Pair>& columns) {
  kernels.bfloat16.pairColumns(valuesOf(product.a), product.values.depth, 0, rows, columns.panels());
  Product<float, Pair> pairs = productOfPairs(product);
  pairs.a = constant(columns.panels());
  pairs.b = b;
  multiply(pairs, kernels, Range{0, rows});
}

/// Some rows of a product Aᵀ·B in bfloat16. The first `columns` columns of A are converted, and B.
inline void multiplyPairs(const FlowProduct<float>& product, const Kernels& kernels, size_t columns, const Range& rows,
                          PairOperands& operands) {
  const size_t terms = product.values.depth, depth = ceilingOf(terms, 2);
  kernels.bfloat16.pairRows(valuesOf(product.a), terms, columns, 0, depth, operands.inputRows.panels());
  kernels.bfloat16.pairRows(valuesOf(product.b), terms, product.values.columns, 0, depth, operands.deltaRows.panels());
  operands.deltaRows.clear({depth, pairDepth(terms)});
  Product<float, Pair> pairs = productOfPairs(product);
  pairs.a = constant(operands.inputRows.panels());
  pairs.b = constant(operands.deltaRows.panels());
  multiply(pairs, kernels, rows);
}

}  // namespace glissade
