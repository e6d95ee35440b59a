#pragma once

#include <cstddef>
#include <functional>
#include <string>

/// C (rows × columns) = A·B: forward (`nn`: both row-major), the gradient of weights (`tn`: A given transposed) or of
/// inputs (`nt`: B given transposed).
struct Task {
  size_t rows, columns, depth;
  std::string kind;
  bool isBfloat16;  // of A and B; C is float32
  int threads;
};

/// A library's way to do it, once its operands are there.
using Work = std::function<void()>;

std::string versionOfOneDnn();
Work oneDnn(const Task& task);
std::string versionOfOpenBlas();
Work openBlas(const Task& task);
/// As a layer does it: operands in the layouts that the training loop keeps, converted to bfloat16 where they are not.
Work glissadeProduct(const Task& task, const std::string& instructionSet);
