#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "drawn.h"
#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"

namespace glissade {

inline float roundedByHand(float x) {
  if (x == 0 || !std::isfinite(x)) return x;
  int exponent;
  const double fraction = std::frexp(double(x), &exponent);
  return float(std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8));  // ties to even
}

inline float halfOf(Pair pair, bool isSecond) {
  const uint32_t bits = isSecond ? uint32_t(pair) & 0xffff0000 : uint32_t(pair) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

enum class Form { neither, a, b };
struct ProductShape {
  size_t rows, columns, depth;
};

/// A product of rounded numbers, in pairs along the depth, as layers compute it.
struct RoundedExample {
  size_t width;
  ProductShape s;
  Form form;
  size_t pairs = ceilingOf(s.depth, 2), depth = ceilingOf(pairs, kDepthGrain) * kDepthGrain;
  Buffer<float> x = drawn<float>(s.rows * s.depth, 1), y = drawn<float>(s.depth * s.columns, 2);
  PanelBuffer<Pair> a = form == Form::a ? PanelBuffer<Pair>(width, depth, s.rows)
                                        : PanelBuffer<Pair>(width, s.rows, depth),
                    b = form == Form::b ? PanelBuffer<Pair>(width, s.columns, depth)
                                        : PanelBuffer<Pair>(width, depth, s.columns);
  PanelBuffer<float> c{width, s.rows, s.columns};
  Product<float, Pair> product{};

  RoundedExample(const Bfloat16Kernels& kernels, size_t width, ProductShape shape, Form form)
      : width(width), s(shape), form(form) {
    const auto panels = [&](size_t rows, size_t columns, const auto& valueAt) {
      PanelBuffer<float> matrix(width, rows, columns);
      for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) matrix.at(i, j) = valueAt(i, j);
      return matrix;
    };
    const auto xAt = [&](size_t i, size_t k) { return x[i * s.depth + k]; };
    const auto yAt = [&](size_t k, size_t j) { return y[k * s.columns + j]; };
    if (form == Form::a) {
      auto from = panels(s.depth, s.rows, [&](size_t k, size_t i) { return xAt(i, k); });
      kernels.pairRows(constant(from.panels()), s.depth, s.rows, 0, pairs, a.panels());
    } else {
      auto from = panels(s.rows, s.depth, xAt);
      kernels.pairColumns(constant(from.panels()), s.depth, 0, s.rows, a.panels());
    }
    if (form == Form::b) {
      auto from = panels(s.columns, s.depth, [&](size_t j, size_t k) { return yAt(k, j); });
      kernels.pairColumns(constant(from.panels()), s.depth, 0, s.columns, b.panels());
    } else {
      auto from = panels(s.depth, s.columns, yAt);
      kernels.pairRows(constant(from.panels()), s.depth, s.columns, 0, pairs, b.panels());
    }
    product.columns = s.columns;
    product.depth = pairs;
    product.a = constant(a.panels());
    product.aIsTransposed = form == Form::a;
    product.b = constant(b.panels());
    product.bIsTransposed = form == Form::b;
    product.c = c.panels();
  }

  /// Checks that the elements at(i, j) are close to the exact sums of products of rounded numbers.
  template <typename At>
  void check(At at) {
    for (size_t i = 0; i < s.rows; ++i)
      for (size_t j = 0; j < s.columns; ++j) {
        double sum = 0, size = 0;
        for (size_t k = 0; k < s.depth; ++k) {
          const double term = double(roundedByHand(x[i * s.depth + k])) * double(roundedByHand(y[k * s.columns + j]));
          sum += term;
          size += std::abs(term);
        }
        // Higham 2002, section 3.1. AVX512-BF16 and AMX round each pair's products and sum in their own way.
        const double bound = double(s.depth + 2) * std::numeric_limits<float>::epsilon() * size;
        if (!(std::abs(double(at(i, j)) - sum) <= bound)) FAIL_CHECK("element ", i, ", ", j, ": ", at(i, j));
      }
  }
};

}  // namespace glissade
