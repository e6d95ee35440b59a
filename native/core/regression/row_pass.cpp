#include "regression/row_pass.h"

#include <numeric>
#include <utility>

namespace glissade {
namespace {

constexpr double kSliceFlops = 8e6;  // of a member: about a millisecond

}  // namespace

RowPass::RowPass(const PassShape& shape, size_t members, std::shared_ptr<RowWork> work, std::function<void()> done)
    : shape_(shape), members_(members), work_(std::move(work)), done_(std::move(done)), open_(shape.chunks) {
  std::iota(open_.begin(), open_.end(), size_t{0});
  for (size_t i = 0; i < shape.chunks; ++i) nexts_.push_back(shape.chunk(i).begin);
}

Job::Progress RowPass::advance(Team& team) noexcept {
  if (abandoned_) return Progress::done;
  const auto blocks =
      std::max<size_t>(1, static_cast<size_t>(kSliceFlops / (shape_.flops * static_cast<double>(shape_.blockRows))));
  const auto work = [&](const Member& member) {
    if (member.index() >= open_.size()) return;
    const size_t chunk = open_[member.index()], end = shape_.chunk(chunk).end;
    for (size_t i = 0; i < blocks && nexts_[chunk] < end; ++i) {
      const Range rows{nexts_[chunk], std::min(end, nexts_[chunk] + shape_.blockRows)};
      work_->addRows(chunk, rows, member.index());
      nexts_[chunk] = rows.end;
    }
  };
  team.parallel(work, std::min(members_, open_.size()));
  std::erase_if(open_, [&](size_t chunk) { return nexts_[chunk] == shape_.chunk(chunk).end; });
  if (!open_.empty()) return Progress::more;
  work_->finish();
  done_();
  return Progress::done;
}

}  // namespace glissade
