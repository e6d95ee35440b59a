#pragma once

#include <string>
#include <vector>

#include "optimizers/encoding.h"

namespace glissade {

enum class Clipping { none, value, norm, columns, rows };

struct OptimizerOptions {
  std::vector<std::string> rules;  // of each group
  bool maximize = false;
  Clipping clipping = Clipping::none;
  double clippingEpsilon = 0;  // lower bound of the norm of a unit's parameters
  bool checksFinite = false;
  bool accumulates = false, averages = false, hasSlowWeights = false;
  Encoding state = Encoding::plain;
  bool scheduled = true;  // whether hyperparameters differ from step to step
  bool rowsRest = false;  // whether rows without a gradient rest instead of taking idle steps
};

}  // namespace glissade
