#pragma once

namespace glissade {

enum class Activation { identity, relu, leakyRelu, elu, gelu, silu, tanh, sigmoid, softplus };

/// Whether the derivative is computed from the preactivation, which forward then keeps; otherwise it is computed from
/// the output.
constexpr bool needsPreactivation(Activation activation) {
  return activation == Activation::gelu || activation == Activation::silu;
}

}  // namespace glissade
