#include "optimizers/optimizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <ranges>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

// Where an update has several steps, parts of an array go through all of them: short ones, so that memory is read ahead
// of the second while the first is worked on.
constexpr size_t kPart = kScaleBlock, kAhead = 2 * kPart;

template <typename Real>
int indexOf(std::string_view name) {
  const KernelsOf<Real>& table = kernels().of<Real>();
  for (int i = 0; i < table.ruleCount; ++i)
    if (name == table.rules[i].name) return i;
  throw Error("ERR_INVALID_ARGUMENT", "unknown update rule \"" + std::string(name) + "\"");
}

}  // namespace

template <typename Real>
auto Optimizer<Real>::groupsOf(const OptimizerOptions& options) -> std::vector<Group> {
  std::vector<Group> groups;
  size_t row = kSettings, totals = 0;
  for (const std::string& name : options.rules) {
    groups.push_back({indexOf<Real>(name), row, totals});
    const Rule<Real>& rule = kernels().of<Real>().rules[groups.back().rule];
    row += static_cast<size_t>(rule.hyperparameterCount);
    totals += static_cast<size_t>(rule.totalCount);
  }
  return groups;
}

template <typename Real>
typename GradientClip<Real>::Sparse Optimizer<Real>::makeLazy() const {
  typename GradientClip<Real>::Sparse lazy(parameters_->count());
  for (size_t i = 0; i < lazy.size(); ++i) {
    const Parameter& array = parameter(i);
    if (array.mayBeSparse && !array.frozen && ruleOf(kernels(), i).idle && lengthOf(i) > 0)
      lazy[i] = std::make_unique<LazyRows<Real>>(array.shape.front(), lengthOf(i) / array.shape.front());
  }
  return lazy;
}

template <typename Real>
StateLayout<Real> Optimizer<Real>::layOut() const {
  std::vector<const Rule<Real>*> rules;
  std::vector<size_t> tableLengths;
  size_t totals = 0;
  for (size_t i = 0; i < parameters_->count(); ++i) {
    rules.push_back(&ruleOf(kernels(), i));
    tableLengths.push_back(lazy_[i] ? LazyRows<Real>::tableLength(lazy_[i]->rows()) : 0);
  }
  for (const Group& group : groups_) totals += static_cast<size_t>(ruleOf(kernels(), group).totalCount);
  return {parameters_, options_, rules, tableLengths, totals};
}

template <typename Real>
Optimizer<Real>::Optimizer(OptimizerOptions options, std::vector<Parameter> parameters)
    : options_(std::move(options)),
      groups_(groupsOf(options_)),
      parameters_(std::make_shared<const Parameters>(std::move(parameters))),
      lazy_(makeLazy()),
      state_(layOut()),
      clip_(parameters_, options_),
      groupScalars_(groups_.size()),
      accumulated_(options_.accumulates ? parameters_->count() : 0),
      directions_(parameters_->count()),
      variances_(parameters_->count()),
      sums_(parameters_->blockCount()) {
  for (const Group& group : groups_) {
    const Rule<Real>& rule = ruleOf(kernels(), group);
    rowLength_ += static_cast<size_t>(rule.hyperparameterCount);
    totals_.resize(totals_.size() + static_cast<size_t>(rule.totalCount));
    perArray_ |= rule.measure && rule.scope == Scope::array;
  }
  scalars_.resize(perArray_ ? parameters_->count() : 0);
  for (size_t i = 0; i < parameters_->count(); ++i) {
    const Transform kind = ruleOf(kernels(), i).transform;
    if (kind == Transform::none || parameter(i).frozen || lengthOf(i) == 0) continue;
    if (kind == Transform::factored) {
      variances_[i] = std::make_unique<FactoredVariance<Real>>(parameter(i).shape);
    } else {
      orthogonalization_.reserve(matricesOf(parameter(i)));
      directions_[i] = Buffer<Real>(lengthOf(i));
    }
  }
}

template <typename Real>
bool Optimizer<Real>::looksAhead() const {
  return std::ranges::any_of(groups_, [&](const Group& group) { return ruleOf(kernels(), group).lookahead; });
}

template <typename Real>
bool Optimizer<Real>::hasEvaluation() const {
  return options_.averages ||
         std::ranges::any_of(groups_, [&](const Group& group) { return ruleOf(kernels(), group).evaluation; });
}

template <typename Real>
double Optimizer<Real>::epsilon(const Kernels& kernels, const double* row) const {
  double least = 1;
  for (const Group& group : groups_) {
    const Rule<Real>& rule = ruleOf(kernels, group);
    for (int i = 0; i < rule.hyperparameterCount && !rule.dividesSafely; ++i)
      if (std::string_view(rule.hyperparameters[i]) == "epsilon")
        least = std::min(least, row[group.row + static_cast<size_t>(i)]);
  }
  return least;
}

template <typename Real>
auto Optimizer<Real>::step(const Kernels& kernels, const Member& member, const double* row, double weight, bool isLast,
                           const Lent& given) -> Outcome {
  Lent lent = given;
  gatherSparse(member, lent);
  if (options_.checksFinite) {
    clip_.findNorm(kernels, member, lent.gradients, lazy_);
    if (std::isnan(clip_.norm())) return Outcome::notFinite;
  }
  if (options_.accumulates) {
    accumulate(kernels, member, static_cast<Real>(weight), lent);
    if (member.isFirst()) state_.counters(lent.state).accumulated += weight;
    if (!isLast) return Outcome::accumulated;
    lent.gradients = accumulated_.data();
  }
  const bool clipsNorm = options_.clipping == Clipping::norm;
  const bool wantsNorm = clipsNorm || options_.checksFinite;
  if (wantsNorm && (options_.accumulates || !options_.checksFinite))
    clip_.findNorm(kernels, member, lent.gradients, lazy_);
  if (options_.checksFinite && std::isnan(clip_.norm())) {  // a sum of finite gradients may overflow
    if (member.isFirst()) state_.counters(lent.state).accumulated = 0;
    return Outcome::notFinite;
  }
  if (member.isFirst()) prepareStep(kernels, member, row, wantsNorm ? std::optional(clip_.norm()) : std::nullopt, lent);
  member.barrier();
  if (beginsToMove_) rememberFromHere(kernels, member, lent);
  catchUp(kernels, member, lent, t_ - 1, true);
  clip_.findUnitFactors(kernels, member, lent.gradients, lent.parameters);
  if (t_ == 1) {
    start(kernels, member, lent);
    member.barrier();
  }
  transform(kernels, member, lent);
  measure(kernels, member, lent);
  update(kernels, member, lent);
  updateSparse(kernels, member, lent);
  if (member.isFirst()) finish(lent.state);
  return Outcome::stepped;
}

/// Readies the next step, from the norm of the gradients, where it is wanted.
template <typename Real>
void Optimizer<Real>::prepareStep(const Kernels& kernels, const Member& member, const double* row,
                                  std::optional<double> norm, const Lent& lent) {
  prepare(kernels, member, row, lent.state);
  Counters& counters = state_.counters(lent.state);
  const double sum = options_.accumulates ? counters.accumulated : 1;
  const double mean = sum > 0 ? 1 / sum : 0;  // gradients of no weight are 0
  double scale = options_.maximize ? -mean : mean;
  if (norm) counters.gradientNorm = *norm * mean;
  if (options_.clipping == Clipping::norm && counters.gradientNorm > settings_.clip)
    scale *= settings_.clip / counters.gradientNorm;
  clip_.prepare(scale, settings_.clip);
}

template <typename Real>
bool Optimizer<Real>::updatesByPieces() const {
  const bool needsAll = options_.checksFinite || options_.accumulates || options_.state == Encoding::uint8 ||
                        (options_.clipping != Clipping::none && options_.clipping != Clipping::value);
  return !needsAll && std::ranges::none_of(groups_, [&](const Group& group) {
    const Rule<Real>& rule = ruleOf(kernels(), group);
    return rule.measure || rule.transform != Transform::none;
  });
}

template <typename Real>
bool Optimizer<Real>::updatesPlainly() const {
  const bool isPlain = updatesByPieces() && !options_.averages && !options_.looksBack &&
                       options_.clipping == Clipping::none && options_.state == Encoding::plain;
  return isPlain && std::ranges::none_of(groups_, [&](const Group& group) {
           const Rule<Real>& rule = ruleOf(kernels(), group);
           const bool startsAsTheta =
               std::any_of(rule.states, rule.states + rule.stateCount, [](const State& s) { return s.startsAsTheta; });
           return rule.totalCount > 0 || rule.lookahead || rule.evaluation || startsAsTheta;
         });
}

template <typename Real>
auto Optimizer<Real>::placeOf(const Kernels& kernels, size_t array, std::byte* state) const -> Place {
  Place place{&ruleOf(kernels, array), groups_[parameter(array).group].row, {}};
  state_.begin(array, state, place.states);
  return place;
}

template <typename Real>
void Optimizer<Real>::beginOtherSteps(const Kernels& kernels, const double* row, const Lent& lent) {
  bool lags = false;
  for (size_t i = 0; i < parameters_->count(); ++i)
    lags = lags || (lazy_[i] && lazy_[i]->lags(state_.table(i, lent.state)));
  if (lags) catchUp(kernels, Member(0, 1), row, lent);
}

template <typename Real>
void Optimizer<Real>::endOtherSteps(int64_t count, const Lent& lent) {
  Counters& counters = state_.counters(lent.state);
  counters.steps += static_cast<double>(count);
  for (size_t i = 0; i < parameters_->count(); ++i)
    if (lazy_[i]) lazy_[i]->settle(state_.table(i, lent.state), static_cast<int64_t>(counters.steps));
}

template <typename Real>
void Optimizer<Real>::beginPieces(const Kernels& kernels, const Member& member, const double* row, const Lent& lent) {
  if (state_.counters(lent.state).steps == 0) start(kernels, member, lent);
  if (member.isFirst()) prepareStep(kernels, member, row, std::nullopt, lent);
}

template <typename Real>
void Optimizer<Real>::updatePieces(const Kernels& kernels, const Range& share, const Real* gradient,
                                   const Lent& lent) const {
  parameters_->forEachPieceIn(share, [&](const Piece& piece) {
    const auto before =
        static_cast<std::ptrdiff_t>(parameters_->offsetOf(piece.array)) - static_cast<std::ptrdiff_t>(share.begin);
    updatePiece(kernels, piece, {gradient + before}, lent);
  });
}

template <typename Real>
void Optimizer<Real>::endPieces(const Lent& lent) const {
  finish(lent.state);
}

/// Readies the scalars of the next step.
template <typename Real>
void Optimizer<Real>::prepare(const Kernels& kernels, const Member& member, const double* row, std::byte* state) {
  row_ = row;
  if (idle_.size() < member.count()) idle_.resize(member.count());
  for (auto& ofGroups : idle_) ofGroups.resize(groups_.size());
  std::memcpy(&settings_, row, sizeof settings_);
  if (!options_.averages) settings_.averageWeight = 0;
  if (!options_.looksBack) settings_.slowWeight = 0;
  t_ = static_cast<int64_t>(state_.counters(state).steps) + 1;
  if (t_ == 1 && options_.scheduled) firstRow_.assign(row, row + rowLength_);
  const bool moves = movesUntouched(kernels, row);
  beginsToMove_ = options_.scheduled && moves && !hasMovedUntouched_ && t_ > 1;
  hasMovedUntouched_ = moves || (options_.scheduled && hasMovedUntouched_);
  std::copy_n(state_.totals(state), totals_.size(), totals_.data());
  for (size_t group = 0; group < groups_.size(); ++group)
    ruleOf(kernels, groups_[group])
        .prepare(row + groups_[group].row, t_, totals_.data() + groups_[group].totals, groupScalars_[group].bytes);
  for (size_t i = 0; perArray_ && i < parameters_->count(); ++i) scalars_[i] = groupScalars_[parameter(i).group];
}

template <typename Real>
void Optimizer<Real>::finish(std::byte* state) const {
  std::copy_n(totals_.data(), totals_.size(), state_.totals(state));
  Counters& counters = state_.counters(state);
  counters.steps += 1;
  counters.accumulated = 0;
}

template <typename Real>
void Optimizer<Real>::accumulate(const Kernels& kernels, const Member& member, Real weight, const Lent& lent) {
  const bool isFirst = state_.counters(lent.state).accumulated == 0;
  parameters_->forEachBlock(member, [&](const Piece& block) {
    Real buffer[kBlock];
    kernels.of<Real>().accumulate(weight, rawGradient(kernels, lent.gradients[block.array], block, buffer), isFirst,
                                  state_.accumulated(block, lent.state), block.count());
  });
  for (size_t i = 0; member.isFirst() && i < accumulated_.size(); ++i)
    accumulated_[i] = {state_.accumulated({i, 0, 0}, lent.state)};
  member.barrier();
}

/// What begins as a copy of the parameters.
template <typename Real>
void Optimizer<Real>::start(const Kernels& kernels, const Member& member, const Lent& lent) const {
  parameters_->forEachBlock(member, [&](const Piece& block) {
    const Real* const theta = lent.parameters[block.array] + block.begin;
    if (options_.looksBack) std::copy_n(theta, block.count(), state_.slow(block, lent.state));
    const Rule<Real>& rule = ruleOf(kernels, block.array);
    Real* states[kMaxStates];
    state_.begin(block.array, lent.state, states);
    for (int s = 0; s < rule.stateCount; ++s)
      if (rule.states[s].startsAsTheta) std::copy_n(theta, block.count(), states[s] + block.begin);
  });
}

template <typename Real>
void Optimizer<Real>::transform(const Kernels& kernels, const Member& member, const Lent& lent) {
  for (size_t i = 0; i < parameters_->count(); ++i) {
    const Gradient& gradient = lent.gradients[i];
    if (variances_[i]) {
      Real* means[kMaxStates];
      state_.begin(i, lent.state, means);
      const auto read = [&](size_t begin, size_t end, Real* buffer) {
        return clip_.read(kernels, gradient, {i, begin, end}, buffer);
      };
      variances_[i]->observe(kernels, member, scalarsOf(i), read, means[0], means[1]);
    }
    if (directions_[i].size() == 0) continue;
    parameters_->forEachBlockOf(i, member, [&](const Piece& block) {
      Real buffer[kBlock];
      const auto [values, scale] = clip_.read(kernels, gradient, block, buffer);
      state_.update(kernels, block, lent.state, t_, [&, values, scale](Real* const* states) {
        ruleOf(kernels, i)
            .direction(scalarsOf(i), scale, values, lent.parameters[i] + block.begin, states, 0, block.count(),
                       directions_[i].data() + block.begin);
      });
    });
    member.barrier();
    orthogonalization_.apply(kernels, member, scalarsOf(i), matricesOf(parameter(i)), directions_[i].data());
  }
}

/// What measure and update take as gradient.
template <typename Real>
Scaled<Real> Optimizer<Real>::directionOf(const Kernels& kernels, const Piece& block, const Gradient& raw,
                                          Real* buffer) const {
  if (directions_[block.array].size() > 0) return {directions_[block.array].data() + block.begin, 1};
  const Scaled<Real> gradient = clip_.read(kernels, raw, block, buffer);
  const auto& variance = variances_[block.array];
  return variance ? variance->divide(kernels, block, gradient, buffer) : gradient;
}

template <typename Real>
void Optimizer<Real>::measure(const Kernels& kernels, const Member& member, const Lent& lent) {
  const auto measures = [&](const Group& group) { return ruleOf(kernels, group).measure != nullptr; };
  if (std::ranges::none_of(groups_, measures)) return;
  parameters_->forEachBlock(member, [&](const Piece& block) {
    const Rule<Real>& rule = ruleOf(kernels, block.array);
    if (!rule.measure) return;
    auto& sums = sums_[parameters_->blockAt(block)];
    sums = {};
    Real buffer[kBlock];
    const auto [gradient, scale] = directionOf(kernels, block, lent.gradients[block.array], buffer);
    state_.update(kernels, block, lent.state, t_, [&](Real* const* states) {
      rule.measure(scalarsOf(block.array), scale, gradient, lent.parameters[block.array] + block.begin, states, 0,
                   block.count(), sums.data());
    });
  });
  member.barrier();
  if (member.isFirst()) conclude(kernels);
  member.barrier();
}

/// Hands rules their sums: over each array, or over all arrays under the rule.
template <typename Real>
void Optimizer<Real>::conclude(const Kernels& kernels) {
  std::array<double, kMaxSums> sums{};
  const auto add = [&](size_t array) {
    const Range blocks = parameters_->blocksOf(array);
    for (size_t block = blocks.begin; !parameter(array).frozen && block < blocks.end; ++block)
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += sums_[block][k];
  };
  for (size_t g = 0; g < groups_.size(); ++g) {
    const Rule<Real>& rule = ruleOf(kernels, groups_[g]);
    if (!rule.measure) continue;
    double* const totals = totals_.data() + groups_[g].totals;
    sums = {};
    if (rule.scope == Scope::array) {
      for (size_t i = 0; i < parameters_->count(); ++i) {
        if (parameter(i).group != g) continue;
        sums = {};
        add(i);
        rule.conclude(sums.data(), totals, scalars_[i].bytes);
      }
      continue;
    }
    for (size_t i = 0; i < parameters_->count(); ++i)
      if (&ruleOf(kernels, i) == &rule) add(i);
    rule.conclude(sums.data(), totals, groupScalars_[g].bytes);
    for (size_t i = 0; perArray_ && i < parameters_->count(); ++i)
      if (parameter(i).group == g) scalars_[i] = groupScalars_[g];
  }
}

template <typename Real>
void Optimizer<Real>::update(const Kernels& kernels, const Member& member, const Lent& lent) const {
  parameters_->forEachPiece(member, [&](const Piece& piece) {
    const Gradient& gradient = lent.gradients[piece.array];
    if (!gradient.rows) updatePiece(kernels, piece, gradient, lent);
  });
}

template <typename Real>
void Optimizer<Real>::updatePiece(const Kernels& kernels, const Piece& piece, const Gradient& gradient,
                                  const Lent& lent) const {
  if (isPlain(piece.array, gradient)) {
    Real* states[kMaxStates];
    state_.begin(piece.array, lent.state, states);
    ruleOf(kernels, piece.array)
        .update(scalarsOf(piece.array), clip_.scale(), static_cast<const Real*>(gradient.data),
                lent.parameters[piece.array], states, piece.begin, piece.end);
    return;
  }
  for (size_t begin = piece.begin; begin < piece.end; begin += kPart) {
    if (const size_t next = begin + kAhead; next < piece.end)
      fetch({piece.array, next, std::min(piece.end, next + kPart)}, gradient, lent);
    updateBlock(kernels, {piece.array, begin, std::min(piece.end, begin + kPart)}, gradient, lent);
  }
}

/// Sums up the rows that occur more than once.
template <typename Real>
void Optimizer<Real>::gatherSparse(const Member& member, const Lent& lent) {
  bool isAny = false;
  for (size_t i = 0; i < parameters_->count(); ++i) {
    const Gradient& gradient = lent.gradients[i];
    if (!gradient.rows || parameter(i).frozen) continue;
    isAny = true;
    if (member.isFirst()) lazy_[i]->gather(*gradient.rows, static_cast<const Real*>(gradient.data));
  }
  if (isAny) member.barrier();
}

template <typename Real>
void Optimizer<Real>::updateSparse(const Kernels& kernels, const Member& member, const Lent& lent) {
  bool isAny = false;
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if (!lazy_[i]) continue;
    isAny = true;
    const auto memory = memoryOf(i, lent);
    if (!lent.gradients[i].rows) {
      if (member.isFirst()) lazy_[i]->settle(memory.table, t_);
      continue;
    }
    Real scale = clip_.scale();
    if (options_.clipping == Clipping::value) {
      const Range share = member.share(lazy_[i]->valueCount(), 16);
      Real* const values = lazy_[i]->values() + share.begin;
      kernels.of<Real>().clip(scale, clip_.limit(), values, values, share.end - share.begin);
      scale = 1;
      member.barrier();
    }
    lazy_[i]->update(member, idleSteps(kernels, member, i), scalarsOf(i), scale, t_, memory);
    if (member.isFirst()) lazy_[i]->unsettle(memory.table);
  }
  if (!isAny || !options_.scheduled || !hasMovedUntouched_) return;
  // So that no more than so many rows of hyperparameters need be remembered.
  if (member.isFirst()) history_.insert(history_.end(), row_, row_ + rowLength_);
  if (t_ % kLongestHistory != 0) return;
  member.barrier();
  catchUp(kernels, member, lent, t_, false);
  if (member.isFirst()) {
    history_.clear();
    historyStart_ = t_;
  }
}

/// Brings rows up to step t: of all arrays, or of those alone whose gradient is for all rows.
template <typename Real>
void Optimizer<Real>::catchUp(const Kernels& kernels, const Member& member, const Lent& lent, int64_t t,
                              bool onlyDense) {
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if (!lazy_[i] || (onlyDense && lent.gradients[i].rows)) continue;
    const auto memory = memoryOf(i, lent);
    if (!lazy_[i]->lags(memory.table)) continue;
    lazy_[i]->catchUp(member, idleSteps(kernels, member, i), t, memory);
    member.barrier();
    if (member.isFirst()) lazy_[i]->settle(memory.table, t);
    member.barrier();
  }
}

template <typename Real>
void Optimizer<Real>::catchUp(const Kernels& kernels, const Member& member, const double* row, const Lent& lent) {
  if (member.isFirst()) prepare(kernels, member, row, lent.state);
  member.barrier();
  catchUp(kernels, member, lent, t_ - 1, false);
}

template <typename Real>
void Optimizer<Real>::foresee(const Kernels& kernels, const double* row, const Lent& lent, Real* const* copies) {
  const Member alone(0, 1);
  prepare(kernels, alone, row, lent.state);
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if (!lazy_[i]) continue;
    const auto memory = memoryOf(i, lent);
    if (lazy_[i]->lags(memory.table)) lazy_[i]->foresee(idleSteps(kernels, alone, i), t_ - 1, memory, copies[i]);
  }
}

template <typename Real>
void Optimizer<Real>::reserveLazy(const Kernels& kernels, size_t members, const double* row, size_t rows) {
  row_ = row;
  if (idle_.size() < members) idle_.resize(members);
  for (size_t member = 0; member < members; ++member) {
    idle_[member].resize(groups_.size());
    for (size_t i = 0; i < parameters_->count(); ++i)
      if (lazy_[i]) idleSteps(kernels, Member(member, members), i);
  }
  for (const auto& lazy : lazy_)
    if (lazy) lazy->reserve(rows);
  if (options_.scheduled) history_.reserve(static_cast<size_t>(kLongestHistory) * rowLength_);
}

template <typename Real>
void Optimizer<Real>::catchUpRows(const Kernels& kernels, const Member& member, size_t array,
                                  const std::vector<uint32_t>& rows, const Lent& lent) {
  if (!hasMovedUntouched_) return;
  const auto steps = static_cast<int64_t>(state_.counters(lent.state).steps);
  const Range share = member.share(rows.size());
  lazy_[array]->catchUp(rows.data() + share.begin, share.end - share.begin, idleSteps(kernels, member, array), steps,
                        memoryOf(array, lent));
  if (member.isFirst() && steps > 0) lazy_[array]->unsettle(state_.table(array, lent.state));
}

template <typename Real>
void Optimizer<Real>::putBack(Past past) {
  history_ = std::move(past.rows);
  historyStart_ = past.start;
  hasMovedUntouched_ = past.hasMovedUntouched;
  for (auto& ofGroups : idle_)  // which know scalars of the step that was taken back
    for (auto& steps : ofGroups) steps.reset();
}

/// Whether a step with this row moves rows that its gradient does not touch.
template <typename Real>
bool Optimizer<Real>::movesUntouched(const Kernels& kernels, const double* row) const {
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if (!lazy_[i]) continue;
    const Rule<Real>& rule = ruleOf(kernels, i);
    const Idle idle = rule.idle(row + groups_[parameter(i).group].row);
    if (idle.memory != 0 || (options_.scheduled && idle.followsHyperparameters) ||
        std::any_of(idle.factors, idle.factors + 1 + rule.stateCount, [](double factor) { return factor != 1; }))
      return true;
  }
  return false;
}

/// Before the first step that moves untouched rows: all are up to the step before, and rows of hyperparameters are
/// remembered from now on.
template <typename Real>
void Optimizer<Real>::rememberFromHere(const Kernels& kernels, const Member& member, const Lent& lent) {
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if (!lazy_[i]) continue;
    IdleSteps<Real>& steps = idleSteps(kernels, member, i);
    steps.moveNothing(true);
    lazy_[i]->catchUp(member, steps, t_ - 1, memoryOf(i, lent));
    member.barrier();
    if (member.isFirst()) lazy_[i]->settle(state_.table(i, lent.state), t_ - 1);
    member.barrier();
  }
  if (member.isFirst()) {
    history_.clear();
    historyStart_ = t_ - 1;
  }
  member.barrier();
}

template <typename Real>
void Optimizer<Real>::recall(int64_t start, std::vector<double> rows) {
  historyStart_ = start;
  history_ = std::move(rows);
  hasMovedUntouched_ = start > 0 || !history_.empty();  // for all we know
  idle_.clear();
}

template <typename Real>
IdleSteps<Real>& Optimizer<Real>::idleSteps(const Kernels& kernels, const Member& member, size_t array) {
  const size_t group = parameter(array).group;
  std::unique_ptr<IdleSteps<Real>>& steps = idle_[member.index()][group];
  const auto hyperparametersOf = [this, group](int64_t step) -> const double* {
    if (step == 1 && (historyStart_ > 0 || history_.empty()) && !firstRow_.empty())
      return firstRow_.data() + groups_[group].row;
    // Others before any that is remembered had one row for all; they are made up for as the first that is.
    const auto past = static_cast<size_t>(std::max<int64_t>(0, step - 1 - historyStart_)) * rowLength_;
    return (past < history_.size() ? history_.data() + past : row_) + groups_[group].row;
  };
  const Rule<Real>& rule = ruleOf(kernels, array);
  if (!steps || &steps->rule() != &rule)
    steps = std::make_unique<IdleSteps<Real>>(rule, hyperparametersOf, !options_.scheduled);
  steps->moveNothing(!hasMovedUntouched_);
  return *steps;
}

template <typename Real>
auto Optimizer<Real>::memoryOf(size_t array, const Lent& lent) const -> typename LazyRows<Real>::Memory {
  typename LazyRows<Real>::Memory memory{state_.table(array, lent.state), lent.parameters[array], {}};
  state_.begin(array, lent.state, memory.states);
  return memory;
}

/// Whether the rule can go through an array in one sweep.
template <typename Real>
bool Optimizer<Real>::isPlain(size_t array, const Gradient& gradient) const {
  return directions_[array].size() == 0 && !variances_[array] && clip_.isPlain(gradient) &&
         settings_.averageWeight == 0 && !options_.looksBack && state_.isPlain(array);
}

/// Asks for what a later part needs: each is too short for the processor to run ahead by itself.
template <typename Real>
void Optimizer<Real>::fetch(const Piece& block, const Gradient& gradient, const Lent& lent) const {
  const auto ask = [](const void* data, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch(static_cast<const std::byte*>(data) + at, 1, 3);
  };
  const size_t size = gradient.isBfloat16 ? 2 : sizeof(Real);
  ask(lent.parameters[block.array] + block.begin, block.count() * sizeof(Real));
  ask(static_cast<const std::byte*>(gradient.data) + block.begin * size, block.count() * size);
  for (const StoredState& stored : state_.of(block.array))
    if (stored.isElementwise)
      ask(lent.state + stored.offset + block.begin * stored.template width<Real>(),
          block.count() * stored.template width<Real>());
}

template <typename Real>
void Optimizer<Real>::updateBlock(const Kernels& kernels, const Piece& block, const Gradient& raw,
                                  const Lent& lent) const {
  const KernelsOf<Real>& table = kernels.of<Real>();
  Real* const theta = lent.parameters[block.array] + block.begin;
  Real buffer[kBlock];
  const auto [gradient, scale] = directionOf(kernels, block, raw, buffer);
  state_.update(kernels, block, lent.state, t_, [&](Real* const* states) {
    ruleOf(kernels, block.array).update(scalarsOf(block.array), scale, gradient, theta, states, 0, block.count());
  });
  if (settings_.slowWeight != 0) {
    Real* const slow = state_.slow(block, lent.state);
    table.blend(static_cast<Real>(settings_.slowWeight), static_cast<Real>(1 - settings_.slowWeight), theta, slow,
                block.count());
    std::copy_n(slow, block.count(), theta);
  }
  if (settings_.averageWeight != 0)
    table.blend(static_cast<Real>(settings_.averageWeight), static_cast<Real>(1 - settings_.averageWeight), theta,
                state_.average(block, lent.state), block.count());
}

template <typename Real>
void Optimizer<Real>::lookahead(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                                Real* const* points) {
  readPoints(kernels, member, row, lent, points, &Rule<Real>::lookahead);
}

template <typename Real>
void Optimizer<Real>::evaluation(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                                 Real* const* points) {
  if (state_.counters(lent.state).steps == 0)  // states are not yet what they start from
    readPoints(kernels, member, row, lent, points, nullptr);
  else if (options_.averages) {
    copyFrozen(member, lent, points);
    parameters_->forEachBlock(member, [&](const Piece& block) {
      std::copy_n(state_.average(block, lent.state), block.count(), points[block.array] + block.begin);
    });
  } else
    readPoints(kernels, member, row, lent, points, &Rule<Real>::evaluation);
}

template <typename Real>
void Optimizer<Real>::readPoints(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                                 Real* const* points, PointOf pointOf) {
  if (pointOf && member.isFirst()) prepare(kernels, member, row, lent.state);
  member.barrier();
  copyFrozen(member, lent, points);
  parameters_->forEachBlock(member, [&](const Piece& block) {
    const Real* const theta = lent.parameters[block.array] + block.begin;
    Real* const point = points[block.array] + block.begin;
    const ReadPoint read = pointOf ? ruleOf(kernels, block.array).*pointOf : nullptr;
    if (read)
      state_.read(kernels, block, lent.state,
                  [&](Real* const* states) { read(scalarsOf(block.array), theta, states, 0, block.count(), point); });
    else
      std::copy_n(theta, block.count(), point);
  });
}

template <typename Real>
void Optimizer<Real>::worstPoint(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                                 Real* const* points) {
  clip_.findNorm(kernels, member, lent.gradients, lazy_);
  if (member.isFirst()) std::memcpy(&settings_, row, sizeof settings_);
  member.barrier();
  const double distance = clip_.norm() > 0 ? settings_.radius / clip_.norm() : 0;  // also where the norm is NaN
  parameters_->forEachBlock(member, [&](const Piece& block) {
    Real buffer[kBlock];
    kernels.of<Real>().displace(static_cast<Real>(options_.maximize ? -distance : distance),
                                rawGradient(kernels, lent.gradients[block.array], block, buffer),
                                lent.parameters[block.array] + block.begin, points[block.array] + block.begin,
                                block.count());
  });
  copyFrozen(member, lent, points);
}

template <typename Real>
void Optimizer<Real>::copyFrozen(const Member& member, const Lent& lent, Real* const* points) const {
  for (size_t i = 0; i < parameters_->count(); ++i)
    if (parameter(i).frozen && member.isFirst()) std::copy_n(lent.parameters[i], lengthOf(i), points[i]);
}

template <typename Real>
Real Optimizer<Real>::largestState(const Kernels& kernels, const Member& member, std::byte* state) const {
  Real largest = 0;
  parameters_->forEachBlock(member, [&](const Piece& block) {
    state_.read(kernels, block, state, [&](Real* const* states) {
      const auto& all = state_.of(block.array);
      for (size_t s = 0; s < all.size(); ++s)
        if (all[s].isElementwise) largest = std::max(largest, kernels.of<Real>().magnitude(states[s], block.count()));
    });
  });
  return largest;
}

template <typename Real>
Real Optimizer<Real>::largestSum(const Kernels& kernels, const Member& member, std::byte* state) const {
  Real largest = 0;
  if (!options_.accumulates || state_.counters(state).accumulated == 0) return largest;
  parameters_->forEachPiece(member, [&](const Piece& piece) {
    largest = std::max(largest, kernels.of<Real>().magnitude(state_.accumulated(piece, state), piece.count()));
  });
  return largest;
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace glissade
