#include "data/strata.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "data/sampler.h"
#include "error.h"

namespace glissade {
namespace {

/// Of `count` rows, a stratum of `size` out of `rows` rows gets count · size / rows: the whole part, and the remainder
/// in units of 1 / rows.
size_t partOf(size_t count, size_t size, size_t rows) { return count * size / rows; }
size_t remainderOf(size_t count, size_t size, size_t rows) { return count * size % rows; }

/// How many of `count` rows each stratum gets, in proportion. Numbers are rounded down; rows left over go to the
/// largest remainders.
std::vector<size_t> apportion(const Strata& strata, size_t count) {
  const size_t rows = strata.of.size();
  std::vector<size_t> parts, byRemainder(strata.sizes.size());
  size_t left = count;
  for (const size_t size : strata.sizes) left -= parts.emplace_back(partOf(count, size, rows));
  std::iota(byRemainder.begin(), byRemainder.end(), size_t{0});
  std::stable_sort(byRemainder.begin(), byRemainder.end(), [&](size_t a, size_t b) {
    return remainderOf(count, strata.sizes[a], rows) > remainderOf(count, strata.sizes[b], rows);
  });
  for (size_t i = 0; i < left; ++i) ++parts[byRemainder[i]];
  return parts;
}

/// How many of `count` rows each stratum gets, in proportion, rounded up with the probability of the remainder. This is
/// systematic sampling: the remainders are intervals, laid end to end in a random order. A stratum gets one row more if
/// its interval contains one of the numbers u, u + 1, u + 2, …, where u is drawn uniformly.
std::vector<size_t> apportionAtRandom(const Strata& strata, size_t count, Random random) {
  const size_t rows = strata.of.size();
  std::vector<size_t> parts(strata.sizes.size());
  std::vector<uint32_t> order(parts.size());
  permute(order, Random(random.next(), Draw::order, 0));
  size_t place = random.below(static_cast<uint32_t>(rows));
  for (const uint32_t k : order) {
    place += remainderOf(count, strata.sizes[k], rows);
    parts[k] = partOf(count, strata.sizes[k], rows) + place / rows;
    place %= rows;
  }
  return parts;
}

}  // namespace

Strata strataOf(const Dataset& data) {
  const auto refuse = [](const std::string& what) {
    throw Error("ERR_INVALID_ARGUMENT", "stratified sampling needs targets that are classes: " + what);
  };
  if (!data.targets) refuse("there are none");
  if (data.targets->columns != 1)
    refuse("one whole number for each row, not " + std::to_string(data.targets->columns) + " columns");
  std::vector<double> targets(data.rows());
  for (size_t i = 0; i < targets.size(); ++i) {
    targets[i] = data.targets->at(data.rowAt(i), 0);
    if (!(std::isfinite(targets[i]) && std::floor(targets[i]) == targets[i]))
      refuse("targets[" + std::to_string(data.rowAt(i)) + "] is " + std::to_string(targets[i]));
  }
  std::vector<double> classes = targets;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  Strata strata{std::vector<uint32_t>(targets.size()), std::vector<size_t>(classes.size())};
  for (size_t i = 0; i < targets.size(); ++i) {
    strata.of[i] =
        static_cast<uint32_t>(std::lower_bound(classes.begin(), classes.end(), targets[i]) - classes.begin());
    ++strata.sizes[strata.of[i]];
  }
  return strata;
}

std::vector<uint32_t> drawStratified(const Strata& strata, size_t count, Random random) {
  std::vector<size_t> left = apportion(strata, count);
  std::vector<uint32_t> order(strata.of.size()), drawn;
  permute(order, random);
  for (const uint32_t row : order)
    if (left[strata.of[row]] > 0) {
      --left[strata.of[row]];
      drawn.push_back(row);
    }
  return drawn;
}

StratifiedOrder::StratifiedOrder(Strata strata, size_t batchSize)
    : strata_(std::move(strata)), batchSize_(batchSize), fullBatches_(strata_.of.size() / batchSize) {
  for (const size_t size : strata_.sizes) each_.push_back(partOf(batchSize, size, strata_.of.size()));
}

void StratifiedOrder::permute(std::vector<uint32_t>& order, Random random) const {
  const size_t rows = strata_.of.size(), classes = strata_.sizes.size();
  std::vector<uint32_t> shuffled(rows), byClass(rows), batches(fullBatches_);
  glissade::permute(shuffled, random);
  std::vector<size_t> next(classes);  // index in byClass of each class's next row
  std::exclusive_scan(strata_.sizes.begin(), strata_.sizes.end(), next.begin(), size_t{0});
  {
    std::vector<size_t> end = next;
    for (const uint32_t row : shuffled) byClass[end[strata_.of[row]]++] = row;
  }
  glissade::permute(batches, Random(random.next(), Draw::order, 0));
  // Whichever way the last minibatch is rounded, the full ones can have each class's proportion, rounded down or up.
  const std::vector<size_t> rest = apportionAtRandom(strata_, rows % batchSize_, Random(random.next(), Draw::order, 0));
  std::vector<size_t> ends(fullBatches_ + 1);  // index in `order` of each minibatch's next row
  for (size_t b = 0; b <= fullBatches_; ++b) ends[b] = b * batchSize_;
  const auto deal = [&](size_t batch, size_t k, size_t count) {
    for (size_t i = 0; i < count; ++i) order[ends[batch]++] = byClass[next[k]++];
  };
  // Every full minibatch gets each_ rows of a class. Rows beyond those are dealt one by one, class after class, to the
  // full minibatches in turn. No class has more of them than there are full minibatches, so none gets two of one class.
  size_t dealt = 0;
  for (size_t k = 0; k < classes; ++k) {
    deal(fullBatches_, k, rest[k]);
    for (size_t b = 0; b < fullBatches_; ++b) deal(b, k, each_[k]);
    const size_t extras = strata_.sizes[k] - rest[k] - fullBatches_ * each_[k];
    for (size_t i = 0; i < extras; ++i) deal(batches[dealt++ % fullBatches_], k, 1);
  }
}

}  // namespace glissade
