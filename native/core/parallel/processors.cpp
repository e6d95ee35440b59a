#include "parallel/processors.h"

#include <algorithm>
#include <thread>

#include "system/process.h"
#include "system/processors.h"

namespace glissade {

size_t Processors::threads() const {
  const double most = static_cast<double>(usable);
  return std::max<size_t>(1, static_cast<size_t>(std::min(most, quota.value_or(most))));
}

Processors Processors::ofProcess() {
  const size_t allowed = allowedProcessors().size();
  return {allowed > 0 ? allowed : std::max(std::thread::hardware_concurrency(), 1u), processorQuota()};
}

std::string processorsInWords() {
  std::string words = hostName();
  for (const size_t processor : allowedProcessors()) words += " " + std::to_string(processor);
  return words;
}

}  // namespace glissade
