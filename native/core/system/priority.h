#pragma once

#include <utility>

namespace glissade {

enum class Priority { idle, background, normal };

constexpr std::pair<const char*, Priority> kPriorities[3] = {
    {"idle", Priority::idle}, {"background", Priority::background}, {"normal", Priority::normal}};

/// Lowers the priority of the calling thread, unless it is to be normal. It can't be raised again. macOS has no such
/// priorities: there it has no effect.
void setPriority(Priority priority);

/// Whether there is a policy for idle threads, as far as is known: a sandbox may refuse it. Without it, `idle` is
/// `background`.
bool mayBeIdle();

}  // namespace glissade
