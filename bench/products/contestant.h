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

/// Computes a task once. The operands are prepared beforehand.
using Work = std::function<void()>;

std::string versionOfOneDnn();
Work oneDnn(const Task& task);
std::string versionOfOpenBlas();
Work openBlas(const Task& task);
/// The product as a layer computes it: operands are in the layouts of the training loop, or converted to bfloat16.
Work glissadeProduct(const Task& task, const std::string& instructionSet);
