#pragma once

#include "parallel/engine.h"

namespace glissade {

/// Runs work(member) on the engine with a team of this size.
inline void onTeam(size_t members, const std::function<void(const Member&)>& work) {
  Engine::instance().configure(members + 1, {});  // makes a new team, with a new Attendance
  Engine::instance().configure(members, {});
  Engine::instance().run([&](const Member& member) {
    work(member);
    return false;
  });
}

/// Waits until every job in the engine's queue has had a slice.
inline void passBy() {
  class Nothing : public Job {
    Progress advance(Team&) noexcept override { return Progress::done; }
  };
  const auto job = std::make_shared<Nothing>();
  Engine::instance().submit(job);
  Engine::instance().wait(*job);
}

}  // namespace glissade
