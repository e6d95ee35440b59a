#include "kernels/kernels.h"

#include <atomic>
#include <cstdlib>
#include <string>

#include "error.h"
#include "kernels/units.h"

namespace glissade {
namespace {

/// The kernels of an instruction set, which the machine must support: the first call fills the table, and the functions
/// that fill it are themselves compiled for that set.
template <InstructionSet set, void (*... units)(Kernels&)>
const Kernels& table() {
  static const Kernels kernels = [] {
    Kernels filled{};
    filled.instructionSet = set;
    (units(filled), ...);
    return filled;
  }();
  return kernels;
}

std::atomic<const Kernels*> current{nullptr};

const Kernels& named(std::string_view name) {
  std::string known;
  for (const InstructionSet set : supportedInstructionSets()) {
    if (nameOf(set) == name) return kernelsFor(set);
    known += (known.empty() ? "" : ", ") + std::string(nameOf(set));
  }
  throw Error("ERR_INVALID_ARGUMENT",
              "the instruction set \"" + std::string(name) + "\" is not available here; this machine has: " + known);
}

const Kernels& chosenAtFirst() {
  const char* name = std::getenv("GLISSADE_ISA");
  return name && *name ? named(name) : kernelsFor(supportedInstructionSets().back());
}

}  // namespace

const Kernels& kernelsFor([[maybe_unused]] InstructionSet set) {
  using enum InstructionSet;
#if defined(__x86_64__)
  if constexpr (kStrongest >= amx) {
    if (set == amx) return table<amx, exactAvx512, fusedAvx512, layersAvx512, regressionAvx512, bfloat16Amx>();
  }
  if constexpr (kStrongest >= avx512bf16) {
    if (set == avx512bf16)
      return table<avx512bf16, exactAvx512, fusedAvx512, layersAvx512, regressionAvx512, bfloat16Avx512bf16>();
  }
  if constexpr (kStrongest >= avx512) {
    if (set == avx512) return table<avx512, exactAvx512, fusedAvx512, layersAvx512, regressionAvx512>();
  }
  if (set == avx2) return table<avx2, exactAvx2, fusedAvx2, layersAvx2, regressionAvx2>();
  return table<baseline, exactBaseline, fusedBaseline, layersBaseline, regressionBaseline>();
#elif defined(__wasm__)
  return table<simd128, exactSimd128, fusedSimd128, layersSimd128, regressionSimd128>();
#else
  return table<neon, exactNeon, fusedNeon, layersNeon, regressionNeon>();
#endif
}

const Kernels& kernels() {
  const Kernels* table = current.load(std::memory_order_acquire);
  if (!table) {
    table = &chosenAtFirst();
    current.store(table, std::memory_order_release);
  }
  return *table;
}

void useInstructionSet(std::string_view name) { current.store(&named(name), std::memory_order_release); }

}  // namespace glissade
