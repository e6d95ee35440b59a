#include "optimizers/optimizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <ranges>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

// A smaller array's low-precision state would save little.
constexpr size_t kLeastEncoded = 4096;

/// The dither's offset in step t. Eight steps in turn divide its period evenly, the nearest apart in time (van der
/// Corput), so that rounding errors of successive steps cancel; each eight begin at another place (lowbias32, C.
/// Wellons), lest the pattern beat with those of elements or gradients.
uint32_t stepDither(int64_t t) {
  constexpr uint32_t kTurns[] = {0, 4, 2, 6, 1, 5, 3, 7};
  auto x = static_cast<uint32_t>(t / 8);
  x = (x ^ x >> 16) * 0x7FEB352D;
  x = (x ^ x >> 15) * 0x846CA68B;
  return (x ^ x >> 16) + (kTurns[t % 8] << 29);
}

constexpr size_t ceilTo(size_t x, size_t multiple) { return (x + multiple - 1) / multiple * multiple; }

size_t sizeOf(NumberType type) {
  switch (type) {
    case NumberType::float64: return 8;
    case NumberType::float32:
    case NumberType::uint32: return 4;
    case NumberType::bfloat16: return 2;
    default: return 1;
  }
}

template <typename Real>
constexpr NumberType kNumberType = sizeof(Real) == sizeof(double) ? NumberType::float64 : NumberType::float32;

template <typename Real>
int indexOf(std::string_view name) {
  const KernelsOf<Real>& table = kernels().of<Real>();
  for (int i = 0; i < table.ruleCount; ++i)
    if (name == table.rules[i].name) return i;
  throw Error("ERR_INVALID_ARGUMENT", "unknown update rule \"" + std::string(name) + "\"");
}

}  // namespace

Matrices matricesOf(const std::vector<size_t>& shape) {
  size_t count = 1;
  for (size_t i = 0; i + 2 < shape.size(); ++i) count *= shape[i];
  if (shape.size() < 2) return {count, 1, shape.empty() ? 1 : shape.front()};
  return {count, shape[shape.size() - 2], shape.back()};
}

template <typename Real>
Optimizer<Real>::Optimizer(OptimizerOptions options, std::vector<Array> arrays)
    : options_(std::move(options)), arrays_(std::move(arrays)), offsets_{0}, blocks_{0} {
  for (const std::string& name : options_.rules) {
    groups_.push_back({indexOf<Real>(name), rowLength_, totals_.size()});
    const Rule<Real>& rule = ruleOf(kernels(), groups_.back());
    rowLength_ += static_cast<size_t>(rule.hyperparameterCount);
    totals_.resize(totals_.size() + static_cast<size_t>(rule.totalCount));
    perArray_ |= rule.measure && rule.scope == Scope::array;
  }
  for (const Array& array : arrays_) {
    size_t length = 1;
    for (const size_t side : array.shape) length *= side;
    offsets_.push_back(offsets_.back() + length);
    blocks_.push_back(blocks_.back() + (length + kBlock - 1) / kBlock);
  }
  groupScalars_.resize(groups_.size());
  lazy_.resize(arrays_.size());
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const bool isLazy = arrays_[i].mayBeSparse && !arrays_[i].frozen && ruleOf(kernels(), i).idle && lengthOf(i) > 0;
    const size_t rows = isLazy ? arrays_[i].shape.front() : 0;
    if (isLazy) lazy_[i] = std::make_unique<LazyRows<Real>>(rows, lengthOf(i) / rows);
  }
  transforms_.resize(groups_.size());
  directions_.resize(arrays_.size());
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const Transform kind = ruleOf(kernels(), i).transform;
    if (kind == Transform::none || arrays_[i].frozen) continue;
    std::unique_ptr<MatrixTransform<Real>>& transform = transforms_[arrays_[i].group];
    if (!transform) transform = kind == Transform::factored ? makeFactored<Real>() : makeOrthogonal<Real>();
    transform->reserve(matricesOf(arrays_[i].shape));
    directions_[i] = Buffer<Real>(lengthOf(i));
  }
  scalars_.resize(perArray_ ? arrays_.size() : 0);
  sums_.resize(blocks_.back());
  if (options_.clipping == Clipping::columns || options_.clipping == Clipping::rows) {
    unitOffsets_.push_back(0);
    for (size_t i = 0; i < arrays_.size(); ++i) unitOffsets_.push_back(unitOffsets_.back() + units(i));
    unitFactors_.resize(unitOffsets_.back());
  }
  lay();
}

template <typename Real>
size_t Optimizer<Real>::place(std::string name, size_t array, NumberType type, size_t length) {
  const size_t offset = ceilTo(stateBytes_, 64);
  places_.push_back({std::move(name), array, type, offset, length});
  stateBytes_ = offset + length * sizeOf(type);
  return offset;
}

template <typename Real>
void Optimizer<Real>::lay() {
  const auto length = [&](size_t i) { return arrays_[i].frozen ? 0 : lengthOf(i); };
  const auto extent = [&](size_t i, Extent extent) {
    const Matrices shape = matricesOf(arrays_[i].shape);
    if (arrays_[i].frozen || extent == Extent::element) return length(i);
    return shape.count * (extent == Extent::row ? shape.rows : shape.columns);
  };
  stored_.resize(arrays_.size());
  for (int s = 0; s < kMaxStates; ++s)
    for (size_t i = 0; i < arrays_.size(); ++i) {
      const Rule<Real>& rule = ruleOf(kernels(), i);
      if (s >= rule.stateCount) continue;
      const State& state = rule.states[s];
      Stored stored{};
      stored.isElementwise = state.extent == Extent::element;
      stored.isSigned = state.moment == Moment::signedMoment;
      const bool encodes = state.moment != Moment::none && length(i) >= kLeastEncoded;
      stored.encoding = encodes ? options_.state : Encoding::plain;
      const NumberType type = stored.encoding == Encoding::plain      ? kNumberType<Real>
                              : stored.encoding == Encoding::bfloat16 ? NumberType::bfloat16
                                                                      : NumberType::uint8;
      stored.offset = place(state.name, i, type, extent(i, state.extent));
      if (stored.encoding == Encoding::uint8)
        stored.scales = place(std::string(state.name) + ".scale", i, NumberType::float32,
                              (length(i) + kScaleBlock - 1) / kScaleBlock);
      stored_[i].push_back(stored);
    }
  tables_.resize(arrays_.size());
  for (size_t i = 0; i < arrays_.size(); ++i)
    if (lazy_[i]) tables_[i] = place("lastStep", i, NumberType::uint32, LazyRows<Real>::tableLength(lazy_[i]->rows()));
  const auto extra = [&](const char* name, std::vector<size_t>& offsets) {
    for (size_t i = 0; i < arrays_.size(); ++i) offsets.push_back(place(name, i, kNumberType<Real>, length(i)));
  };
  if (options_.averages) extra("average", average_);
  if (options_.looksBack) extra("slow", slow_);
  if (options_.accumulates) extra("accumulated", accumulated_);
  if (!totals_.empty()) totalsOffset_ = place("totals", StatePlace::kOfAll, NumberType::float64, totals_.size());
  countersOffset_ = place("counters", StatePlace::kOfAll, NumberType::float64, sizeof(Counters) / sizeof(double));
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
size_t Optimizer<Real>::units(size_t array) const {
  const std::vector<size_t>& shape = arrays_[array].shape;
  if (shape.size() < 2 || lengthOf(array) == 0) return 1;
  return options_.clipping == Clipping::rows ? shape.front() : lengthOf(array) / shape.front();
}

/// Calls visit(piece) for this member's pieces of arrays, which begin and end with blocks.
template <typename Real>
template <typename Visit>
void Optimizer<Real>::forEachPiece(const Member& member, Visit visit) const {
  const Range share = member.share(size());
  size_t i =
      static_cast<size_t>(std::upper_bound(offsets_.begin(), offsets_.end(), share.begin) - offsets_.begin()) - 1;
  for (; i < arrays_.size() && offsets_[i] < share.end; ++i) {
    if (arrays_[i].frozen) continue;
    const size_t begin = share.begin <= offsets_[i] ? 0 : (share.begin - offsets_[i]) / kBlock * kBlock,
                 end = share.end >= offsets_[i + 1] ? lengthOf(i) : (share.end - offsets_[i]) / kBlock * kBlock;
    if (begin < end) visit(Piece{i, begin, end});
  }
}

template <typename Real>
template <typename Visit>
void Optimizer<Real>::forEachBlock(const Member& member, Visit visit) const {
  forEachPiece(member, [&](const Piece& piece) {
    for (size_t begin = piece.begin; begin < piece.end; begin += kBlock)
      visit(Piece{piece.array, begin, std::min(piece.end, begin + kBlock)});
  });
}

/// Calls visit(block) for this member's blocks of one array.
template <typename Real>
template <typename Visit>
void Optimizer<Real>::forEachBlockOf(size_t array, const Member& member, Visit visit) const {
  const Range share = member.share(lengthOf(array), kBlock);
  for (size_t begin = share.begin; begin < share.end; begin += kBlock)
    visit(Piece{array, begin, std::min(share.end, begin + kBlock)});
}

template <typename Real>
auto Optimizer<Real>::step(const Kernels& kernels, const Member& member, const double* row, double weight, bool isLast,
                           const Lent& lent) -> Outcome {
  Source source = Source::lent;
  gatherSparse(kernels, member, lent);
  if (options_.checksFinite) {
    findNorm(kernels, member, lent, source);
    if (std::isnan(norm_)) return Outcome::notFinite;
  }
  if (options_.accumulates) {
    accumulate(kernels, member, static_cast<Real>(weight), lent);
    member.barrier();
    if (member.isFirst()) counters(lent.state).accumulated += weight;
    if (!isLast) return Outcome::accumulated;
    source = Source::accumulated;
  }
  const bool clipsNorm = options_.clipping == Clipping::norm;
  const bool wantsNorm = clipsNorm || options_.checksFinite;
  if (wantsNorm && (options_.accumulates || !options_.checksFinite)) findNorm(kernels, member, lent, source);
  if (options_.checksFinite && std::isnan(norm_)) {  // a sum of finite gradients may overflow
    if (member.isFirst()) counters(lent.state).accumulated = 0;
    return Outcome::notFinite;
  }
  if (member.isFirst()) {
    prepare(kernels, member, row, lent.state);
    Counters& counters = this->counters(lent.state);
    const double mean = options_.accumulates ? 1 / counters.accumulated : 1;
    double scale = options_.maximize ? -mean : mean;
    if (wantsNorm) counters.gradientNorm = norm_ * mean;
    if (clipsNorm && counters.gradientNorm > settings_.clip) scale *= settings_.clip / counters.gradientNorm;
    scale_ = static_cast<Real>(scale);
  }
  member.barrier();
  catchUp(kernels, member, lent, t_ - 1, true);
  if (!unitOffsets_.empty()) findUnitFactors(kernels, member, lent, source);
  transform(kernels, member, lent, source);
  measure(kernels, member, lent, source);
  update(kernels, member, lent, source);
  updateSparse(kernels, member, lent);
  if (member.isFirst()) finish(lent.state);
  return Outcome::stepped;
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
  t_ = static_cast<int64_t>(counters(state).steps) + 1;
  std::copy_n(reinterpret_cast<const double*>(state + totalsOffset_), totals_.size(), totals_.data());
  for (size_t group = 0; group < groups_.size(); ++group)
    ruleOf(kernels, groups_[group])
        .prepare(row + groups_[group].row, t_, totals_.data() + groups_[group].totals, groupScalars_[group].bytes);
  for (size_t i = 0; perArray_ && i < arrays_.size(); ++i) scalars_[i] = groupScalars_[arrays_[i].group];
}

template <typename Real>
void Optimizer<Real>::finish(std::byte* state) const {
  std::copy_n(totals_.data(), totals_.size(), reinterpret_cast<double*>(state + totalsOffset_));
  Counters& counters = this->counters(state);
  counters.steps += 1;
  counters.accumulated = 0;
}

template <typename Real>
void Optimizer<Real>::accumulate(const Kernels& kernels, const Member& member, Real weight, const Lent& lent) const {
  const bool isFirst = counters(lent.state).accumulated == 0;
  forEachBlock(member, [&](const Piece& block) {
    Real buffer[kBlock];
    const Real* const gradient = rawGradient(kernels, block, lent, Source::lent, buffer);
    kernels.of<Real>().accumulate(weight, gradient, isFirst, extra(accumulated_, block, lent.state), block.count());
  });
}

/// The norm of all gradients; NaN where any is not finite.
template <typename Real>
void Optimizer<Real>::findNorm(const Kernels& kernels, const Member& member, const Lent& lent, Source source) {
  forEachBlock(member, [&](const Piece& block) {
    if (lent.gradients[block.array].rows) return;
    Real buffer[kBlock];
    sums_[firstBlock(block)][0] =
        kernels.of<Real>().squares(rawGradient(kernels, block, lent, source, buffer), block.count());
  });
  member.barrier();
  if (member.isFirst()) {
    double sum = 0;
    for (size_t i = 0; i < arrays_.size(); ++i) {
      if (arrays_[i].frozen) continue;
      if (lent.gradients[i].rows)
        sum += kernels.of<Real>().squares(lazy_[i]->values(), lazy_[i]->valueCount());
      else
        for (size_t k = blocks_[i]; k < blocks_[i + 1]; ++k) sum += sums_[k][0];
    }
    norm_ = std::sqrt(sum);
  }
  member.barrier();
}

/// Adaptive clipping (Brock et al. 2021, arXiv:2102.06171, equation 3): by how much each unit's gradient is shortened.
template <typename Real>
void Optimizer<Real>::findUnitFactors(const Kernels& kernels, const Member& member, const Lent& lent, Source source) {
  constexpr size_t kColumns = 64;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    if (arrays_[i].frozen) continue;
    const size_t count = units(i), length = lengthOf(i);
    const bool byColumns = count > 1 && options_.clipping == Clipping::columns;
    const size_t rows = byColumns ? length / count : 1, columns = byColumns ? count : length / count;
    const Range share = member.share(count, byColumns ? kColumns : 1);
    for (size_t unit = share.begin; unit < share.end; unit += byColumns ? kColumns : 1) {
      const size_t width = byColumns ? std::min(kColumns, share.end - unit) : 1;
      double gradients[kColumns] = {}, parameters[kColumns] = {};
      Real buffer[kBlock];
      for (size_t row = 0; row < rows; ++row) {
        if (byColumns) {
          const Piece piece{i, row * columns + unit, row * columns + unit + width};
          kernels.of<Real>().addSquares(rawGradient(kernels, piece, lent, source, buffer), width, gradients);
          kernels.of<Real>().addSquares(lent.parameters[i] + piece.begin, width, parameters);
        } else {
          for (size_t begin = unit * columns; begin < (unit + 1) * columns; begin += kBlock) {
            const Piece piece{i, begin, std::min(begin + kBlock, (unit + 1) * columns)};
            gradients[0] +=
                kernels.of<Real>().squares(rawGradient(kernels, piece, lent, source, buffer), piece.count());
            parameters[0] += kernels.of<Real>().squares(lent.parameters[i] + begin, piece.count());
          }
        }
      }
      for (size_t k = 0; k < width; ++k) {
        const double norm = std::sqrt(gradients[k]) * std::abs(static_cast<double>(scale_));
        const double limit = settings_.clip * std::max(std::sqrt(parameters[k]), options_.clippingEpsilon);
        unitFactors_[unitOffsets_[i] + unit + k] = static_cast<Real>(norm > limit ? limit / norm : 1);
      }
    }
  }
  member.barrier();
}

template <typename Real>
void Optimizer<Real>::transform(const Kernels& kernels, const Member& member, const Lent& lent, Source source) {
  for (size_t i = 0; i < arrays_.size(); ++i) {
    if (directions_[i].size() == 0) continue;
    const Rule<Real>& rule = ruleOf(kernels, i);
    forEachBlockOf(i, member, [&](const Piece& block) {
      Real buffer[kBlock];
      const auto [gradient, scale] = gradientOf(kernels, block, lent, source, buffer);
      withStates(kernels, block, lent.state, true, [&](Real* const* states) {
        rule.direction(scalarsOf(i), scale, gradient, lent.parameters[i] + block.begin, states, 0, block.count(),
                       directions_[i].data() + block.begin);
      });
    });
    member.barrier();
    Real* states[kMaxStates];
    std::ranges::transform(stored_[i], states,
                           [&](const Stored& stored) { return reinterpret_cast<Real*>(lent.state + stored.offset); });
    transforms_[arrays_[i].group]->apply(kernels, member, scalarsOf(i), matricesOf(arrays_[i].shape),
                                         directions_[i].data(), states);
  }
}

/// What measure and update take as gradient.
template <typename Real>
auto Optimizer<Real>::directionOf(const Kernels& kernels, const Piece& block, const Lent& lent, Source source,
                                  Real* buffer) const -> Scaled {
  if (directions_[block.array].size() > 0) return {directions_[block.array].data() + block.begin, 1};
  return gradientOf(kernels, block, lent, source, buffer);
}

template <typename Real>
void Optimizer<Real>::measure(const Kernels& kernels, const Member& member, const Lent& lent, Source source) {
  const auto measures = [&](const Group& group) { return ruleOf(kernels, group).measure != nullptr; };
  if (std::ranges::none_of(groups_, measures)) return;
  forEachBlock(member, [&](const Piece& block) {
    const Rule<Real>& rule = ruleOf(kernels, block.array);
    if (!rule.measure) return;
    auto& sums = sums_[firstBlock(block)];
    sums = {};
    Real buffer[kBlock];
    const auto [gradient, scale] = directionOf(kernels, block, lent, source, buffer);
    withStates(kernels, block, lent.state, true, [&](Real* const* states) {
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
    for (size_t block = blocks_[array]; !arrays_[array].frozen && block < blocks_[array + 1]; ++block)
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += sums_[block][k];
  };
  for (size_t g = 0; g < groups_.size(); ++g) {
    const Rule<Real>& rule = ruleOf(kernels, groups_[g]);
    if (!rule.measure) continue;
    double* const totals = totals_.data() + groups_[g].totals;
    sums = {};
    if (rule.scope == Scope::array) {
      for (size_t i = 0; i < arrays_.size(); ++i) {
        if (arrays_[i].group != g) continue;
        sums = {};
        add(i);
        rule.conclude(sums.data(), totals, scalars_[i].bytes);
      }
      continue;
    }
    for (size_t i = 0; i < arrays_.size(); ++i)
      if (&ruleOf(kernels, i) == &rule) add(i);
    rule.conclude(sums.data(), totals, groupScalars_[g].bytes);
    for (size_t i = 0; perArray_ && i < arrays_.size(); ++i)
      if (arrays_[i].group == g) scalars_[i] = groupScalars_[g];
  }
}

template <typename Real>
void Optimizer<Real>::update(const Kernels& kernels, const Member& member, const Lent& lent, Source source) const {
  forEachPiece(member, [&](const Piece& piece) {
    if (lent.gradients[piece.array].rows) return;
    if (isPlain(piece.array, lent, source)) {
      Real* states[kMaxStates];
      std::ranges::transform(stored_[piece.array], states,
                             [&](const Stored& stored) { return reinterpret_cast<Real*>(lent.state + stored.offset); });
      ruleOf(kernels, piece.array)
          .update(scalarsOf(piece.array), scale_, static_cast<const Real*>(lent.gradients[piece.array].data),
                  lent.parameters[piece.array], states, piece.begin, piece.end);
    } else {
      for (size_t begin = piece.begin; begin < piece.end; begin += kBlock) {
        if (begin + kBlock < piece.end)
          fetch({piece.array, begin + kBlock, std::min(piece.end, begin + 2 * kBlock)}, lent);
        updateBlock(kernels, {piece.array, begin, std::min(piece.end, begin + kBlock)}, lent, source);
      }
    }
  });
}

/// Sums up the rows that occur more than once.
template <typename Real>
void Optimizer<Real>::gatherSparse(const Kernels&, const Member& member, const Lent& lent) {
  bool isAny = false;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const Gradient& gradient = lent.gradients[i];
    if (!gradient.rows || arrays_[i].frozen) continue;
    isAny = true;
    if (member.isFirst()) lazy_[i]->gather(*gradient.rows, static_cast<const Real*>(gradient.data));
  }
  if (isAny) member.barrier();
}

template <typename Real>
void Optimizer<Real>::updateSparse(const Kernels& kernels, const Member& member, const Lent& lent) {
  bool isAny = false;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    if (!lazy_[i]) continue;
    isAny = true;
    const auto memory = memoryOf(i, lent);
    if (!lent.gradients[i].rows) {
      if (member.isFirst()) lazy_[i]->settle(memory.table, t_);
      continue;
    }
    Real scale = scale_;
    if (options_.clipping == Clipping::value) {
      const Range share = member.share(lazy_[i]->valueCount(), 16);
      Real* const values = lazy_[i]->values() + share.begin;
      kernels.of<Real>().clip(scale_, static_cast<Real>(settings_.clip), values, values, share.end - share.begin);
      scale = 1;
      member.barrier();
    }
    lazy_[i]->update(member, idleSteps(kernels, member, i), scalarsOf(i), scale, t_, memory);
    if (member.isFirst()) lazy_[i]->unsettle(memory.table);
  }
  if (!isAny || !options_.scheduled) return;
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
  for (size_t i = 0; i < arrays_.size(); ++i) {
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
void Optimizer<Real>::recall(int64_t start, std::vector<double> rows) {
  historyStart_ = start;
  history_ = std::move(rows);
  idle_.clear();
}

template <typename Real>
IdleSteps<Real>& Optimizer<Real>::idleSteps(const Kernels& kernels, const Member& member, size_t array) {
  const size_t group = arrays_[array].group;
  std::unique_ptr<IdleSteps<Real>>& steps = idle_[member.index()][group];
  const auto hyperparametersOf = [this, group](int64_t step) {
    const int64_t past = step - 1 - historyStart_;
    const bool isPast = options_.scheduled && static_cast<size_t>(past) * rowLength_ < history_.size();
    return (isPast ? history_.data() + static_cast<size_t>(past) * rowLength_ : row_) + groups_[group].row;
  };
  const Rule<Real>& rule = ruleOf(kernels, array);
  if (!steps || &steps->rule() != &rule)
    steps = std::make_unique<IdleSteps<Real>>(rule, hyperparametersOf, !options_.scheduled);
  return *steps;
}

template <typename Real>
auto Optimizer<Real>::memoryOf(size_t array, const Lent& lent) const -> typename LazyRows<Real>::Memory {
  typename LazyRows<Real>::Memory memory{
      reinterpret_cast<uint32_t*>(lent.state + tables_[array]), lent.parameters[array], {}};
  std::ranges::transform(stored_[array], memory.states,
                         [&](const Stored& stored) { return reinterpret_cast<Real*>(lent.state + stored.offset); });
  return memory;
}

/// Whether the rule can go through an array in one sweep.
template <typename Real>
bool Optimizer<Real>::isPlain(size_t array, const Lent& lent, Source source) const {
  return source == Source::lent && directions_[array].size() == 0 && !lent.gradients[array].isBfloat16 &&
         options_.clipping != Clipping::value && unitOffsets_.empty() && settings_.averageWeight == 0 &&
         !options_.looksBack &&
         std::ranges::all_of(stored_[array], [](const Stored& one) { return one.encoding == Encoding::plain; });
}

/// Asks for what the next block needs: its parts are read one after the other, each too short for the processor to run
/// ahead by itself.
template <typename Real>
void Optimizer<Real>::fetch(const Piece& block, const Lent& lent) const {
  const auto ask = [](const void* data, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch(static_cast<const std::byte*>(data) + at, 1, 2);
  };
  const Gradient& gradient = lent.gradients[block.array];
  const size_t size = gradient.isBfloat16 ? 2 : sizeof(Real);
  ask(lent.parameters[block.array] + block.begin, block.count() * sizeof(Real));
  ask(static_cast<const std::byte*>(gradient.data) + block.begin * size, block.count() * size);
  for (const Stored& stored : stored_[block.array]) {
    const size_t width = stored.encoding == Encoding::plain      ? sizeof(Real)
                         : stored.encoding == Encoding::bfloat16 ? 2
                                                                 : 1;
    ask(lent.state + stored.offset + block.begin * width, block.count() * width);
  }
}

template <typename Real>
void Optimizer<Real>::updateBlock(const Kernels& kernels, const Piece& block, const Lent& lent, Source source) const {
  const KernelsOf<Real>& table = kernels.of<Real>();
  Real* const theta = lent.parameters[block.array] + block.begin;
  Real buffer[kBlock];
  const auto [gradient, scale] = directionOf(kernels, block, lent, source, buffer);
  if (options_.looksBack && t_ == 1) std::copy_n(theta, block.count(), extra(slow_, block, lent.state));
  withStates(kernels, block, lent.state, true, [&](Real* const* states) {
    ruleOf(kernels, block.array).update(scalarsOf(block.array), scale, gradient, theta, states, 0, block.count());
  });
  if (settings_.slowWeight != 0) {
    Real* const slow = extra(slow_, block, lent.state);
    table.blend(static_cast<Real>(settings_.slowWeight), static_cast<Real>(1 - settings_.slowWeight), theta, slow,
                block.count());
    std::copy_n(slow, block.count(), theta);
  }
  if (settings_.averageWeight != 0)
    table.blend(static_cast<Real>(settings_.averageWeight), static_cast<Real>(1 - settings_.averageWeight), theta,
                extra(average_, block, lent.state), block.count());
}

/// A block of gradients as they came, as numbers of the parameters' type.
template <typename Real>
const Real* Optimizer<Real>::rawGradient(const Kernels& kernels, const Piece& block, const Lent& lent, Source source,
                                         Real* buffer) const {
  if (source == Source::accumulated) return extra(accumulated_, block, lent.state);
  const Gradient& gradient = lent.gradients[block.array];
  if (!gradient.isBfloat16) return static_cast<const Real*>(gradient.data) + block.begin;
  kernels.of<Real>().decode(Encoding::bfloat16, true, static_cast<const uint16_t*>(gradient.data) + block.begin,
                            nullptr, buffer, block.count());
  return buffer;
}

template <typename Real>
auto Optimizer<Real>::gradientOf(const Kernels& kernels, const Piece& block, const Lent& lent, Source source,
                                 Real* buffer) const -> Scaled {
  const KernelsOf<Real>& table = kernels.of<Real>();
  const Real* const raw = rawGradient(kernels, block, lent, source, buffer);
  if (options_.clipping == Clipping::value) {
    table.clip(scale_, static_cast<Real>(settings_.clip), raw, buffer, block.count());
    return {buffer, 1};
  }
  if (unitOffsets_.empty()) return {raw, scale_};
  const size_t count = units(block.array), perUnit = lengthOf(block.array) / count;
  const bool byColumns = count > 1 && options_.clipping == Clipping::columns;
  const Real* const factors = unitFactors_.data() + unitOffsets_[block.array];
  constexpr Real kUnlimited = std::numeric_limits<Real>::infinity();
  for (size_t i = block.begin; i < block.end;) {
    const size_t row = byColumns ? i / count : i / perUnit, width = byColumns ? count : perUnit;
    const size_t end = std::min(block.end, (row + 1) * width), at = i - block.begin;
    if (byColumns)
      table.scaleEach(scale_, factors + i % count, raw + at, buffer + at, end - i);
    else
      table.clip(scale_ * factors[row], kUnlimited, raw + at, buffer + at, end - i);
    i = end;
  }
  return {buffer, 1};
}

/// Calls work(states) with the states of a block, which are stored again after it if it writes them.
template <typename Real>
template <typename Work>
void Optimizer<Real>::withStates(const Kernels& kernels, const Piece& block, std::byte* state, bool writes,
                                 Work work) const {
  const KernelsOf<Real>& table = kernels.of<Real>();
  const std::vector<Stored>& all = stored_[block.array];
  Real buffers[kMaxStates][kBlock];
  Real* states[kMaxStates];
  for (size_t s = 0; s < all.size(); ++s) {
    if (!all[s].isElementwise) continue;
    std::byte* const place = state + all[s].offset;
    states[s] = all[s].encoding == Encoding::plain ? reinterpret_cast<Real*>(place) + block.begin : buffers[s];
    if (all[s].encoding != Encoding::plain)
      table.decode(all[s].encoding, all[s].isSigned, codesAt(all[s], block, state), scalesAt(all[s], block, state),
                   buffers[s], block.count());
  }
  work(states);
  if (!writes) return;
  const uint32_t dither = static_cast<uint32_t>(offsets_[block.array] + block.begin) * kElementDither + stepDither(t_);
  for (size_t s = 0; s < all.size(); ++s)
    if (all[s].encoding != Encoding::plain)
      table.encode(all[s].encoding, all[s].isSigned, buffers[s], dither, codesAt(all[s], block, state),
                   scalesAt(all[s], block, state), block.count());
}

template <typename Real>
void Optimizer<Real>::lookahead(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                                Real* const* points) {
  readPoints(kernels, member, row, lent, points, &Rule<Real>::lookahead);
}

template <typename Real>
void Optimizer<Real>::evaluation(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                                 Real* const* points) {
  if (counters(lent.state).steps == 0)  // states are not yet what they start from
    readPoints(kernels, member, row, lent, points, nullptr);
  else if (options_.averages) {
    copyFrozen(member, lent, points);
    forEachBlock(member, [&](const Piece& block) {
      std::copy_n(extra(average_, block, lent.state), block.count(), points[block.array] + block.begin);
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
  forEachBlock(member, [&](const Piece& block) {
    const Real* const theta = lent.parameters[block.array] + block.begin;
    Real* const point = points[block.array] + block.begin;
    const ReadPoint read = pointOf ? ruleOf(kernels, block.array).*pointOf : nullptr;
    if (read)
      withStates(kernels, block, lent.state, false,
                 [&](Real* const* states) { read(scalarsOf(block.array), theta, states, 0, block.count(), point); });
    else
      std::copy_n(theta, block.count(), point);
  });
}

template <typename Real>
void Optimizer<Real>::worstPoint(const Kernels& kernels, const Member& member, const double* row, const Lent& lent,
                                 Real* const* points) {
  findNorm(kernels, member, lent, Source::lent);
  if (member.isFirst()) std::memcpy(&settings_, row, sizeof settings_);
  member.barrier();
  const double distance = norm_ > 0 ? settings_.radius / norm_ : 0;  // also where the norm is NaN
  forEachBlock(member, [&](const Piece& block) {
    Real buffer[kBlock];
    kernels.of<Real>().displace(static_cast<Real>(options_.maximize ? -distance : distance),
                                rawGradient(kernels, block, lent, Source::lent, buffer),
                                lent.parameters[block.array] + block.begin, points[block.array] + block.begin,
                                block.count());
  });
  copyFrozen(member, lent, points);
}

template <typename Real>
void Optimizer<Real>::copyFrozen(const Member& member, const Lent& lent, Real* const* points) const {
  for (size_t i = 0; i < arrays_.size(); ++i)
    if (arrays_[i].frozen && member.isFirst()) std::copy_n(lent.parameters[i], lengthOf(i), points[i]);
}

template <typename Real>
Real Optimizer<Real>::largestState(const Kernels& kernels, const Member& member, std::byte* state) const {
  Real largest = 0;
  forEachBlock(member, [&](const Piece& block) {
    withStates(kernels, block, state, false, [&](Real* const* states) {
      for (size_t s = 0; s < stored_[block.array].size(); ++s)
        if (stored_[block.array][s].isElementwise)
          largest = std::max(largest, kernels.of<Real>().magnitude(states[s], block.count()));
    });
  });
  return largest;
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace glissade
