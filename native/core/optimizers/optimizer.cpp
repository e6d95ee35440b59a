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
auto Optimizer<Real>::sparseGroups() const -> std::vector<typename SparseUpdates<Real>::Group> {
  std::vector<typename SparseUpdates<Real>::Group> groups;
  for (const Group& group : groups_) groups.push_back({group.rule, group.row});
  return groups;
}

template <typename Real>
StateLayout<Real> Optimizer<Real>::layOut() const {
  std::vector<const Rule<Real>*> rules;
  std::vector<size_t> tableLengths, recordLengths;
  std::vector<Total> totals;
  for (size_t i = 0; i < parameters_->count(); ++i) {
    rules.push_back(&ruleOf(kernels(), i));
    tableLengths.push_back(sparse_.tableLength(i));
  }
  for (size_t group = 0; group < groups_.size(); ++group) {
    recordLengths.push_back(sparse_.recordLength(group));
    const Rule<Real>& rule = ruleOf(kernels(), groups_[group]);
    totals.insert(totals.end(), rule.totals, rule.totals + rule.totalCount);
  }
  return {parameters_, options_, rules, tableLengths, recordLengths, std::move(totals)};
}

template <typename Real>
Optimizer<Real>::Optimizer(OptimizerOptions options, std::vector<Parameter> parameters)
    : options_(std::move(options)),
      groups_(groupsOf(options_)),
      parameters_(std::make_shared<const Parameters>(std::move(parameters))),
      sparse_(parameters_, sparseGroups(), options_),
      state_(layOut()),
      clip_(parameters_, options_),
      groupScalars_(groups_.size()),
      accumulated_(options_.accumulates ? parameters_->count() : 0),
      directions_(parameters_->count()),
      variances_(parameters_->count()),
      rowScales_(parameters_->count()),
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
    } else if (kind == Transform::rowWise) {
      rowScales_[i] = std::make_unique<RowScales<Real>>(parameter(i).shape);
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
    clip_.findNorm(kernels, member, lent.gradients, sparse_);
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
    clip_.findNorm(kernels, member, lent.gradients, sparse_);
  if (options_.checksFinite && std::isnan(clip_.norm())) {  // a sum of finite gradients may overflow
    if (member.isFirst()) state_.counters(lent.state).accumulated = 0;
    return Outcome::notFinite;
  }
  if (member.isFirst()) {
    prepareStep(kernels, row, wantsNorm ? std::optional(clip_.norm()) : std::nullopt, lent);
    sparse_.begin(lentTo(kernels, lent), lent.gradients, row, t_);
  }
  member.barrier();
  sparse_.readyDense(member, lentTo(kernels, lent), t_);
  clip_.findUnitFactors(kernels, member, lent.gradients, lent.parameters);
  if (t_ == 1) {
    start(kernels, member, lent);
    member.barrier();
  }
  transform(kernels, member, lent);
  measure(kernels, member, lent);
  update(kernels, member, lent);
  updateSparse(kernels, member, lent);
  if (member.isFirst()) {
    sparse_.finish(lentTo(kernels, lent), lent.gradients, t_);
    finish(lent.state);
  }
  return Outcome::stepped;
}

/// Readies the next step, from the norm of the gradients, where it is wanted.
template <typename Real>
void Optimizer<Real>::prepareStep(const Kernels& kernels, const double* row, std::optional<double> norm,
                                  const Lent& lent) {
  prepare(kernels, row, lent.state);
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
void Optimizer<Real>::endOtherSteps(const Kernels& kernels, int64_t count, const double* row, const Lent& lent) {
  state_.counters(lent.state).steps += static_cast<double>(count);
  sparse_.settleAfterOtherSteps(lentTo(kernels, lent), row, stepsOf(lent.state));
}

template <typename Real>
void Optimizer<Real>::beginPieces(const Kernels& kernels, const Member& member, const double* row, const Lent& lent) {
  if (state_.counters(lent.state).steps == 0) start(kernels, member, lent);
  if (member.isFirst()) prepareStep(kernels, row, std::nullopt, lent);
}

template <typename Real>
void Optimizer<Real>::updatePieces(const Kernels& kernels, const Range& share, const Real* gradient,
                                   const Lent& lent) const {
  parameters_->forEachPieceIn(share, [&](const Piece& piece) {
    const size_t first = parameters_->offsetOf(piece.array) + piece.begin - share.begin;
    updatePiece(kernels, piece, {gradient + first, false, nullptr, piece.begin}, lent);
  });
}

template <typename Real>
void Optimizer<Real>::endPieces(const Lent& lent) const {
  finish(lent.state);
}

/// Readies the scalars of the next step.
template <typename Real>
void Optimizer<Real>::prepare(const Kernels& kernels, const double* row, std::byte* state) {
  std::memcpy(&settings_, row, sizeof settings_);
  if (!options_.averages) settings_.averageWeight = 0;
  if (!options_.looksBack) settings_.slowWeight = 0;
  t_ = static_cast<int64_t>(state_.counters(state).steps) + 1;
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
    Real* states[kMaxStates];
    state_.begin(i, lent.state, states);
    if (variances_[i]) variances_[i]->observe(kernels, member, scalarsOf(i), clip_, gradient, i, states[0], states[1]);
    if (rowScales_[i] && !gradient.rows)
      rowScales_[i]->observe(kernels, member, ruleOf(kernels, i), scalarsOf(i), clip_, gradient, i, states[0]);
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
  const auto& rowScales = rowScales_[block.array];
  if (rowScales) return rowScales->apply(kernels, block, gradient, buffer);
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
    for (int s = 0; s < ruleOf(kernels, piece.array).stateCount; ++s) states[s] += piece.begin;
    ruleOf(kernels, piece.array)
        .update(scalarsOf(piece.array), clip_.scale(), gradient.at<Real>(piece.begin),
                lent.parameters[piece.array] + piece.begin, states, 0, piece.count());
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
  if (!hasSparse(lent)) return;
  if (member.isFirst()) sparse_.gather(lent.gradients);
  member.barrier();
}

template <typename Real>
bool Optimizer<Real>::hasSparse(const Lent& lent) const {
  return std::any_of(lent.gradients, lent.gradients + parameters_->count(),
                     [](const Gradient& gradient) { return gradient.rows; });
}

template <typename Real>
void Optimizer<Real>::updateSparse(const Kernels& kernels, const Member& member, const Lent& lent) {
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if (!lent.gradients[i].rows || !sparse_.takes(i)) continue;
    Real scale = clip_.scale();
    if (options_.clipping == Clipping::value) {
      const Range share = member.share(sparse_.valueCount(i), 16);
      Real* const values = sparse_.values(i) + share.begin;
      kernels.of<Real>().clip(scale, clip_.limit(), values, values, share.end - share.begin);
      scale = 1;
      member.barrier();
    }
    sparse_.update(member, lentTo(kernels, lent), i, scalarsOf(i), scale, t_);
  }
}

template <typename Real>
size_t Optimizer<Real>::workOf(const Gradient* gradients) const {
  constexpr size_t kMissed = 32;  // steps that a row takes with its own
  size_t work = 0;
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if (!gradients[i].rows)
      work += lengthOf(i);
    else if (sparse_.takes(i))
      work += gradients[i].rows->size() * sparse_.columns(i) * (options_.rowsRest ? 1 : kMissed);
  }
  return work;
}

template <typename Real>
bool Optimizer<Real>::catchUp(const Kernels& kernels, const Member& member, const Lent& lent, Walk& walk) {
  return sparse_.catchUp(member, lentTo(kernels, lent), stepsOf(lent.state), walk);
}

template <typename Real>
bool Optimizer<Real>::foresee(const Kernels& kernels, const Member& member, const Lent& lent, Walk& walk,
                              Real* const* copies) {
  return sparse_.foresee(member, lentTo(kernels, lent), stepsOf(lent.state), walk, copies);
}

template <typename Real>
void Optimizer<Real>::catchUpRows(const Kernels& kernels, const Member& member, size_t array,
                                  const std::vector<uint32_t>& rows, const Lent& lent) {
  sparse_.catchUp(member, lentTo(kernels, lent), array, rows, stepsOf(lent.state));
}

template <typename Real>
bool Optimizer<Real>::lags(const Kernels& kernels, const Lent& lent) const {
  return sparse_.lags(lentTo(kernels, lent), stepsOf(lent.state));
}

template <typename Real>
bool Optimizer<Real>::leavesUntouched(const Kernels& kernels, const double* row, std::byte* state) const {
  return !sparse_.moves(kernels, row) && !sparse_.hasMoved(lentTo(kernels, {nullptr, nullptr, state}));
}

template <typename Real>
void Optimizer<Real>::recall(const Kernels& kernels, std::byte* state) {
  sparse_.recall(lentTo(kernels, {nullptr, nullptr, state}), stepsOf(state));
}

template <typename Real>
std::string Optimizer<Real>::faultOf(const Kernels& kernels, std::byte* state) const {
  const Counters& counters = state_.counters(state);
  const auto isCount = [](double x) { return x >= 0 && x < LazyRows<Real>::kMostSteps && x == std::floor(x); };
  if (!isCount(counters.steps) || !isCount(counters.skipped)) return "the counters are not whole numbers";
  if (!(counters.accumulated >= 0 && std::isfinite(counters.accumulated))) return "the weight of gradients is none";
  if (counters.gradientNorm < 0) return "a norm is negative";
  const std::string fault = state_.faultOf(kernels, state);
  return fault.empty() ? sparse_.faultOf(lentTo(kernels, {nullptr, nullptr, state}), stepsOf(state)) : fault;
}

/// Whether the rule can go through an array in one sweep.
template <typename Real>
bool Optimizer<Real>::isPlain(size_t array, const Gradient& gradient) const {
  return directions_[array].size() == 0 && !variances_[array] && !rowScales_[array] && clip_.isPlain(gradient) &&
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
  ask(static_cast<const std::byte*>(gradient.data) + (block.begin - gradient.first) * size, block.count() * size);
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
  if (pointOf && member.isFirst()) prepare(kernels, row, lent.state);
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
  clip_.findNorm(kernels, member, lent.gradients, sparse_);
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
