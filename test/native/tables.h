#pragma once

#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace glissade {

/// The kernel tables of this machine, weakest first. Under the thread sanitizer, only the strongest: races do not
/// depend on the instruction set.
inline std::vector<const Kernels*> tables() {
  std::vector<const Kernels*> list;
  for (const InstructionSet set : supportedInstructionSets()) list.push_back(&kernelsFor(set));
#if defined(__SANITIZE_THREAD__)
  list.erase(list.begin(), list.end() - 1);
#endif
  return list;
}

inline std::string nameOf(const Kernels& table) { return std::string(nameOf(table.instructionSet)); }

/// Whether a table's sums of products use FMA, and so round once per term.
inline bool fuses(const Kernels& table) { return table.instructionSet != InstructionSet::baseline; }

}  // namespace glissade
