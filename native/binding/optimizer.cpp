#include "optimizer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "addon.h"
#include "arguments.h"
#include "parallel/denormals.h"
#include "parallel/engine.h"

namespace glissade {
namespace {

// The number of elements that one thread updates in about the time that waking the engine takes.
constexpr size_t kSmallStep = 1 << 17;

/// Reads an item of `arrays`.
/// @throws Error ERR_OUT_OF_RANGE for a group without a rule, or more elements than JavaScript can count.
Parameter parameterOf(const Argument& item, size_t groups) {
  Parameter parameter{item["shape"].sizes(), groupOf(item, groups), item["frozen"].flag(), item["mayBeSparse"].flag(),
                      item["isOneMatrix"].flag()};
  if (!isCountable(parameter.shape))
    throw Error("ERR_OUT_OF_RANGE", item.name() + ".shape has more elements than can be counted");
  if (parameter.mayBeSparse && parameter.shape.size() != 2)
    throw Error("ERR_INVALID_ARGUMENT", item.name() + " may be sparse, but is not a matrix");
  return parameter;
}

constexpr Words<Clipping, 5> kClippings = {{"none", Clipping::none},
                                           {"value", Clipping::value},
                                           {"norm", Clipping::norm},
                                           {"columns", Clipping::columns},
                                           {"rows", Clipping::rows}};

constexpr Words<Encoding, 3> kEncodings = {
    {"full", Encoding::plain}, {"bfloat16", Encoding::bfloat16}, {"uint8", Encoding::uint8}};

constexpr Words<NumberType, 5> kNumberTypes = {{"float32", NumberType::float32},
                                               {"float64", NumberType::float64},
                                               {"bfloat16", NumberType::bfloat16},
                                               {"uint32", NumberType::uint32},
                                               {"uint8", NumberType::uint8}};

template <typename Real, typename Outcome = typename Optimizer<Real>::Outcome>
constexpr Words<Outcome, 3> kOutcomes = {
    {"stepped", Outcome::stepped}, {"accumulated", Outcome::accumulated}, {"notFinite", Outcome::notFinite}};

}  // namespace

size_t groupOf(const Argument& item, size_t groups) {
  const size_t group = item["group"].size();
  if (group < groups) return group;
  throw Error("ERR_OUT_OF_RANGE", item.name() + ".group is " + std::to_string(group) + ", but there are " +
                                      std::to_string(groups) + " rules");
}

OptimizerOptions optimizerOptionsOf(const Argument& options) {
  OptimizerOptions result;
  for (const Argument& rule : options["rules"].items()) result.rules.push_back(rule.text());
  result.maximize = options["maximize"].flag();
  result.clipping = options["clipping"].word(kClippings);
  result.clippingEpsilon = options["clippingEpsilon"].number();
  result.checksFinite = options["checksFinite"].flag();
  result.accumulates = options["accumulates"].flag();
  result.averages = options["averages"].flag();
  result.hasSlowWeights = options["hasSlowWeights"].flag();
  result.scheduled = options["scheduled"].flag();
  result.rowsRest = options["isLazy"].flag();
  result.state = options["state"].word(kEncodings);
  return result;
}

Napi::Object describe(Napi::Env env, size_t bytes, const std::vector<StateEntry>& entries) {
  return objectOf(env, "bytes", bytes, "entries", listOf(env, entries, [&](const StateEntry& place) {
                    return objectOf(env, "name", place.name, "array",
                                    place.array == StateEntry::kOfAll ? std::nullopt : std::optional(place.array),
                                    "type", wordFor(kNumberTypes, place.type), "offset", place.offset, "length",
                                    place.length);
                  }));
}

Napi::Function OptimizerBinding::define(Napi::Env env) {
  return defineClass(env,
                     {method<&OptimizerBinding::Layout>("layout"), method<&OptimizerBinding::Bind>("bind"),
                      method<&OptimizerBinding::Borrow>("borrow"), method<&OptimizerBinding::Step>("step"),
                      method<&OptimizerBinding::StepAsync>("stepAsync"), method<&OptimizerBinding::CatchUp>("catchUp"),
                      method<&OptimizerBinding::CheckIdle>("checkIdle"), method<&OptimizerBinding::EndStep>("endStep"),
                      method<&OptimizerBinding::Restore>("restore"), method<&OptimizerBinding::Points>("points")});
}

// new Optimizer({ type, arrays: [{ shape, group, frozen, mayBeSparse, isOneMatrix }], rules, … })
OptimizerBinding::OptimizerBinding(const Napi::CallbackInfo& info) : Handle(info) {
  guarded(info.Env(), [&] {
    turn_ = std::make_shared<Turn>();
    const Argument options(info, 0, "options");
    const auto make = [&]<typename Real>(Real) {
      std::vector<Parameter> arrays;
      OptimizerOptions read = optimizerOptionsOf(options);
      for (const Argument& item : options["arrays"].items()) arrays.push_back(parameterOf(item, read.rules.size()));
      bound_.template emplace<BoundOptimizer<Real>>(Optimizer<Real>(std::move(read), std::move(arrays)));
    };
    if (options["type"].word(kIsFloat64))
      make(double{});
    else
      make(float{});
  });
}

// layout(): { bytes, recordLength, entries: [{ name, array?, type, offset, length }] }
Napi::Value OptimizerBinding::Layout(const Napi::CallbackInfo& info) {
  return visit([&](auto& bound) {
    const StateLayout& layout = bound.optimizer().layout();
    Napi::Object result = describe(info.Env(), layout.bytes(), layout.entries());
    setProperties(result, "recordLength", bound.optimizer().recordLength());
    return result;
  });
}

// bind(slab: Uint8Array, parameters): the memory of the state, shared and zeroed, at least layout().bytes long, at a
// multiple of 8 bytes.
void OptimizerBinding::Bind(const Napi::CallbackInfo& info) {
  visit([&](auto& bound) { bound.bind(info.Env(), info[0], info[1]); });
  slab_ = Napi::Persistent(static_cast<Napi::Value>(info[0]));
}

void OptimizerBinding::checkIdle() const {
  if (busy_) throw Error("ERR_BUSY", "the previous stepAsync of this optimizer has not finished; await it first");
}

template <typename Real>
void OptimizerBinding::checkBound(const BoundOptimizer<Real>& bound) const {
  checkIdle();
  if (!bound.isBound()) throw Error("ERR_INVALID_ARGUMENT", "the optimizer has no slab: call bind first");
}

void OptimizerBinding::checkBorrowed() const {
  if (!hasBorrowed_) throw Error("ERR_INVALID_ARGUMENT", "the optimizer has no gradients: call borrow first");
}

/// Borrows the first three arguments: parameters, gradients, rows.
template <typename Real>
void OptimizerBinding::borrowAll(BoundOptimizer<Real>& bound, const Napi::CallbackInfo& info, Memory memory) {
  checkBound(bound);
  bound.borrowAll(info.Env(), info[0], info[1], info[2], memory,
                  [&] { checkIdle(); });  // a getter may have begun a step
}

// borrow(parameters, gradients, rows): borrows memory for the steps that follow. The caller ensures that no buffer is
// detached meanwhile.
void OptimizerBinding::Borrow(const Napi::CallbackInfo& info) {
  hasBorrowed_ = false;
  visit([&](auto& bound) { borrowAll(bound, info, Memory::any); });
  hasBorrowed_ = true;
  borrowed_ = {Napi::Persistent(info[0].As<Napi::Array>()), Napi::Persistent(info[1].As<Napi::Array>())};
}

/// Does work over `elements` elements: small work on this thread, large work by the engine while this thread waits.
void OptimizerBinding::run(size_t elements, const Engine::Work& work) {
  if (elements > kSmallStep) return Engine::instance().runForCaller(work);
  const FlushDenormals flush;
  while (work(Member(0, 1)))
    ;
}

// step(record: Float64Array, weight, isLast): "stepped", "accumulated" or "notFinite".
const char* OptimizerBinding::Step(const Napi::CallbackInfo& info) {
  return visit([&]<typename Real>(BoundOptimizer<Real>& bound) {
    checkBound(bound);
    checkBorrowed();
    const Kernels& table = kernels();
    const double* const record = bound.borrowRecord(info.Env(), info[0]);
    const double weight = Argument(info, 1, "weight").number();
    const bool isLast = Argument(info, 2, "isLast").flag();
    typename Optimizer<Real>::Outcome outcome{};
    run(bound.optimizer().workOf(bound.gradients()), [&](const Member& member) {
      const auto ours = bound.optimizer().step(table, member, record, weight, isLast, bound.stepArrays());
      if (member.isFirst()) outcome = ours;
      return false;
    });
    return wordFor(kOutcomes<Real>, outcome);
  });
}

// stepAsync(parameters, gradients, rows, record, weight, isLast): a promise of what step() returns. Parameters and
// gradients must be in shared memory; rows and the record are copied.
Napi::Value OptimizerBinding::StepAsync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return visit([&]<typename Real>(BoundOptimizer<Real>& bound) -> Napi::Value {
    checkIdle();
    const double weight = Argument(info, 4, "weight").number();
    const bool isLast = Argument(info, 5, "isLast").flag();
    hasBorrowed_ = false;
    borrowAll(bound, info, Memory::shared);
    hasBorrowed_ = false;  // again, because a getter may have called borrow()
    const double* const record = bound.borrowRecord(env, info[3]);
    struct Work {
      std::vector<double> record;
      double weight;
      bool isLast;
      typename Optimizer<Real>::Outcome outcome{};
    };
    const auto work = std::make_shared<Work>(Work{{record, record + bound.optimizer().recordLength()}, weight, isLast});
    auto promise = std::make_shared<Napi::Promise::Deferred>(env);
    Addon& addon = Addon::of(env);
    const auto ticket = std::make_shared<Addon::Ticket>();
    const auto step = [&bound, work, table = &kernels()](const Member& member) {
      const auto outcome =
          bound.optimizer().step(*table, member, work->record.data(), work->weight, work->isLast, bound.stepArrays());
      if (member.isFirst()) work->outcome = outcome;
    };
    const auto letter =
        std::make_shared<Addon::Letter>(Addon::letter([this, &addon, ticket, promise, work](Napi::Env env) {
          addon.release(*ticket);
          borrowed_ = {};
          stepsOnEngine_ = false;
          Unref();
          promise->Resolve(valueOf(env, wordFor(kOutcomes<Real>, work->outcome)));
        }));
    const auto stepAndPost = [&addon, step, letter](Team& team) {
      team.parallel(step);
      addon.post(std::move(*letter));
    };
    const auto job = std::make_shared<SliceJob>(stepAndPost, turn_);
    *ticket = addon.follow({job, [] {}}, [&] { Engine::instance().submit(job); });
    borrowed_ = {Napi::Persistent(info[0].As<Napi::Array>()), Napi::Persistent(info[1].As<Napi::Array>())};
    busy_ = stepsOnEngine_ = true;
    Ref();
    return promise->Promise();
  });
}

// endStep(): called after the promise of stepAsync, once the caller has used its outcome. Further steps are then
// allowed.
void OptimizerBinding::EndStep(const Napi::CallbackInfo&) { busy_ = stepsOnEngine_; }

// checkIdle(): throws ERR_BUSY from stepAsync to endStep.
void OptimizerBinding::CheckIdle(const Napi::CallbackInfo&) { checkIdle(); }

// catchUp(parameters): brings rows that lag up to date.
void OptimizerBinding::CatchUp(const Napi::CallbackInfo& info) {
  visit([&]<typename Real>(BoundOptimizer<Real>& bound) {
    const auto items = bound.itemsOf(info.Env(), info[0], "parameters");
    checkBound(bound);  // after all getters, which may begin a step
    const std::vector<Real*> parameters = bound.borrowLike(info.Env(), items, "parameters");
    const StepArrays<Real> arrays{bound.gradients(), parameters.data(), bound.state()};
    typename SparseUpdates<Real>::Progress progress;
    run(bound.optimizer().parameters().size(), [&, t = bound.optimizer().stepsOf(bound.state())](const Member& member) {
      return bound.optimizer().sparse().catchUp(kernels(), member, arrays, t, progress);
    });
  });
}

// restore(slab: Uint8Array): replaces the state by a copy of a slab, whose numbers are checked first. The slab begins
// at a multiple of 8 bytes.
void OptimizerBinding::Restore(const Napi::CallbackInfo& info) {
  visit([&](auto& bound) {
    checkBound(bound);
    const size_t bytes = bound.optimizer().layout().bytes();
    std::byte* const slab = Argument(info, 0, "slab").alignedBytes(Count::exactly(bytes));
    const std::string fault = bound.optimizer().faultOf(kernels(), slab);
    if (!fault.empty()) throw Error("ERR_CORRUPT_FILE", fault);
    std::copy_n(slab, bytes, bound.state());
    bound.optimizer().recall(kernels(), bound.state());
  });
}

// points(kind: "gradient" | "worst" | "evaluation", record, parameters, points): fills points. "worst" needs borrowed
// gradients.
void OptimizerBinding::Points(const Napi::CallbackInfo& info) {
  visit([&]<typename Real>(BoundOptimizer<Real>& bound) {
    const auto items = bound.itemsOf(info.Env(), info[2], "parameters");
    const auto itemsOfPoints = bound.itemsOf(info.Env(), info[3], "points");
    checkBound(bound);  // after all getters, which may begin a step
    using OfRules = glissade::Points<Real>;
    constexpr Words<decltype(&OfRules::gradient), 3> kKinds = {
        {"gradient", &OfRules::gradient}, {"worst", &OfRules::worst}, {"evaluation", &OfRules::evaluation}};
    const auto read = Argument(info, 0, "kind").word(kKinds);
    if (read == &OfRules::worst) checkBorrowed();
    const std::vector<Real*> parameters = bound.borrowLike(info.Env(), items, "parameters");
    const StepArrays<Real> arrays{bound.gradients(), parameters.data(), bound.state()};
    const std::vector<Real*> points = bound.borrowLike(info.Env(), itemsOfPoints, "points");
    const double* const record = bound.borrowRecord(info.Env(), info[1]);
    const Kernels& table = kernels();
    run(bound.optimizer().parameters().size(), [&](const Member& member) {
      (bound.optimizer().points().*read)(table, member, record, arrays, points.data());
      return false;
    });
  });
}

}  // namespace glissade
