#include "kernels/kernels.h"

#include <atomic>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "error.h"
#include "kernels/units.h"

namespace glissade {
namespace {

Kernels assemble(InstructionSet set, std::initializer_list<void (*)(Kernels&)> units) {
  Kernels kernels{};
  kernels.instructionSet = set;
  for (const auto fill : units) fill(kernels);
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

const Kernels& kernelsFor(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::amx) {
    static const Kernels amx = assemble(set, {exactAvx512, fusedAvx512, layersAvx512, regressionAvx512, bfloat16Amx});
    return amx;
  }
  if (set == InstructionSet::avx512bf16) {
    static const Kernels avx512bf16 =
        assemble(set, {exactAvx512, fusedAvx512, layersAvx512, regressionAvx512, bfloat16Avx512bf16});
    return avx512bf16;
  }
  if (set == InstructionSet::avx512) {
    static const Kernels avx512 = assemble(set, {exactAvx512, fusedAvx512, layersAvx512, regressionAvx512});
    return avx512;
  }
  if (set == InstructionSet::avx2) {
    static const Kernels avx2 = assemble(set, {exactAvx2, fusedAvx2, layersAvx2, regressionAvx2});
    return avx2;
  }
  static const Kernels baseline =
      assemble(InstructionSet::baseline, {exactBaseline, fusedBaseline, layersBaseline, regressionBaseline});
  return baseline;
#elif defined(__wasm__)
  static const Kernels simd128 = assemble(set, {exactSimd128, fusedSimd128, layersSimd128, regressionSimd128});
  return simd128;
#else
  static const Kernels neon = assemble(set, {exactNeon, fusedNeon, layersNeon, regressionNeon});
  return neon;
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
