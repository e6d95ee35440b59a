#include "optimizer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "addon.h"
#include "arguments.h"
#include "parallel/denormals.h"
#include "parallel/engine.h"

namespace glissade {
namespace {

// Elements that one thread updates in about the time that it takes to wake the engine.
constexpr size_t kSmallStep = 1 << 17;

/// The items of an array of so many. To read them may run JavaScript (getters), which may detach buffers: so first all
/// are read, then memory is borrowed.
std::vector<napi_value> itemsOf(napi_env env, napi_value array, const char* name, size_t count) {
  bool isArray = false;
  uint32_t length = 0;
  check(env, napi_is_array(env, array, &isArray));
  if (!isArray) throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " is not an array");
  check(env, napi_get_array_length(env, array, &length));
  if (length != count)
    throw Error("ERR_SHAPE",
                std::string(name) + " has " + std::to_string(length) + " elements, expected " + std::to_string(count));
  std::vector<napi_value> items(count);
  for (uint32_t i = 0; i < count; ++i) check(env, napi_get_element(env, array, i, &items[i]));
  return items;
}

/// A shape whose sides can be multiplied.
Parameter parameterOf(const Argument& item, size_t groups) {
  Parameter parameter{item["shape"].sizes(), item["group"].size(), item["frozen"].flag(), item["mayBeSparse"].flag(),
                      item["isOneMatrix"].flag()};
  double length = 1;
  for (const size_t side : parameter.shape) length *= static_cast<double>(side);
  if (length > static_cast<double>(Argument::kMostWhole))
    throw Error("ERR_OUT_OF_RANGE", item.name() + ".shape has more elements than can be counted");
  if (parameter.group >= groups)
    throw Error("ERR_OUT_OF_RANGE", item.name() + ".group is " + std::to_string(parameter.group) + ", but there are " +
                                        std::to_string(groups) + " rules");
  if (parameter.mayBeSparse && parameter.shape.size() != 2)
    throw Error("ERR_INVALID_ARGUMENT", item.name() + " may be sparse, but is no matrix");
  return parameter;
}

[[noreturn]] void refuseOverlap(const std::string& one, const std::string& other) {
  throw Error("ERR_INVALID_ARGUMENT", one + " and " + other + " overlap in memory");
}

/// One step on the engine; tells its environment when it is done.
class StepJob : public Job {
 public:
  using Step = std::function<void(const Member&)>;

  StepJob(Step step, std::function<void()> finished) : step_(std::move(step)), finished_(std::move(finished)) {}

  Progress advance(Team& team) noexcept override {
    team.parallel(step_);
    finished_();
    return Progress::done;
  }

 private:
  Step step_;
  std::function<void()> finished_;
};

constexpr Words<Clipping, 5> kClippings = {{"none", Clipping::none},
                                           {"value", Clipping::value},
                                           {"norm", Clipping::norm},
                                           {"columns", Clipping::columns},
                                           {"rows", Clipping::rows}};

constexpr Words<Encoding, 3> kEncodings = {
    {"full", Encoding::plain}, {"bfloat16", Encoding::bfloat16}, {"uint8", Encoding::uint8}};

const char* wordFor(NumberType type) {
  switch (type) {
    case NumberType::float32: return "float32";
    case NumberType::float64: return "float64";
    case NumberType::bfloat16: return "bfloat16";
    case NumberType::uint32: return "uint32";
    default: return "uint8";
  }
}

template <typename Real>
const char* wordFor(typename Optimizer<Real>::Outcome outcome) {
  using Outcome = typename Optimizer<Real>::Outcome;
  if (outcome == Outcome::notFinite) return "notFinite";
  return outcome == Outcome::stepped ? "stepped" : "accumulated";
}

}  // namespace

OptimizerOptions optimizerOptionsOf(const Argument& options) {
  OptimizerOptions result;
  for (const Argument& rule : options["rules"].items()) result.rules.push_back(rule.text());
  result.maximize = options["maximize"].flag();
  result.clipping = options["clipping"].word(kClippings);
  result.clippingEpsilon = options["clippingEpsilon"].number();
  result.checksFinite = options["checksFinite"].flag();
  result.accumulates = options["accumulates"].flag();
  result.averages = options["averages"].flag();
  result.hasSlowWeights = options["looksBack"].flag();
  result.scheduled = options["scheduled"].flag();
  result.rowsRest = options["rowsRest"].flag();
  result.state = options["state"].word(kEncodings);
  return result;
}

Napi::Function OptimizerBinding::define(Napi::Env env) {
  return defineClass(env,
                     {method<&OptimizerBinding::Layout>("layout"), method<&OptimizerBinding::Bind>("bind"),
                      method<&OptimizerBinding::Lend>("lend"), method<&OptimizerBinding::Step>("step"),
                      method<&OptimizerBinding::StepAsync>("stepAsync"), method<&OptimizerBinding::CatchUp>("catchUp"),
                      method<&OptimizerBinding::Restore>("restore"), method<&OptimizerBinding::Points>("points")});
}

// new Optimizer({ type, arrays: [{ shape, group, frozen, mayBeSparse, isOneMatrix }], rules, … })
OptimizerBinding::OptimizerBinding(const Napi::CallbackInfo& info) : Handle(info) {
  guarded(info.Env(), [&] {
    const Argument options(info, 0, "options");
    const auto make = [&]<typename Real>(Real) {
      std::vector<Parameter> arrays;
      OptimizerOptions read = optimizerOptionsOf(options);
      for (const Argument& item : options["arrays"].items()) arrays.push_back(parameterOf(item, read.rules.size()));
      const size_t count = arrays.size();
      bound_.template emplace<Bound<Real>>(Optimizer<Real>(std::move(read), std::move(arrays)), nullptr,
                                           std::vector<Real*>(count), std::vector<Gradient>(count),
                                           std::vector<std::vector<uint32_t>>(count), std::vector<Written>());
    };
    if (options["type"].word(kIsFloat64))
      make(double{});
    else
      make(float{});
  });
}

// layout(): { bytes, rowLength, places: [{ name, array?, type, offset, length }] }
Napi::Value OptimizerBinding::Layout(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    return visit([&]<typename Real>(Bound<Real>& bound) -> Napi::Value {
      auto result = Napi::Object::New(env);
      auto places = Napi::Array::New(env);
      for (const StateEntry& place : bound.optimizer.layout().entries()) {
        auto item = Napi::Object::New(env);
        item.Set("name", place.name);
        if (place.array != StateEntry::kOfAll) item.Set("array", static_cast<double>(place.array));
        item.Set("type", wordFor(place.type));
        item.Set("offset", static_cast<double>(place.offset));
        item.Set("length", static_cast<double>(place.length));
        places.Set(places.Length(), item);
      }
      result.Set("bytes", static_cast<double>(bound.optimizer.layout().bytes()));
      result.Set("rowLength", static_cast<double>(bound.optimizer.recordLength()));
      result.Set("places", places);
      return result;
    });
  });
}

// bind(slab: Uint8Array, parameters): the memory of the state, shared and zeroed.
Napi::Value OptimizerBinding::Bind(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    visit([&]<typename Real>(Bound<Real>& bound) {
      if (bound.state) throw Error("ERR_INVALID_ARGUMENT", "the optimizer has a slab already");
      std::vector<Real*> parameters = borrowLike(bound.optimizer, info[1], "parameters");
      const auto slab = borrow<std::byte>(info.Env(), info[0], "slab", Count::atLeast(bound.optimizer.layout().bytes()),
                                          Memory::shared);
      if (reinterpret_cast<uintptr_t>(slab.data()) % alignof(double) != 0)
        throw Error("ERR_INVALID_ARGUMENT", "slab does not begin at a multiple of 8 bytes");
      bound.written = writtenBy(bound, slab.data(), parameters);
      bound.state = slab.data();
      bound.parameters = std::move(parameters);
    });
    slab_ = Napi::Persistent(static_cast<Napi::Value>(info[0]));
  });
  return info.Env().Undefined();
}

void OptimizerBinding::checkIdle() const {
  if (busy_) throw Error("ERR_BUSY", "the previous stepAsync of this optimizer has not finished; await it first");
}

template <typename Real>
void OptimizerBinding::checkBound(const Bound<Real>& bound) const {
  checkIdle();
  if (!bound.state) throw Error("ERR_INVALID_ARGUMENT", "the optimizer has no slab: call bind first");
}

void OptimizerBinding::checkLent() const {
  if (!hasLent_) throw Error("ERR_INVALID_ARGUMENT", "the optimizer has no gradients: call lend first");
}

/// The numbers of one step, for the time of the call.
template <typename Real>
const double* OptimizerBinding::borrowRow(const Optimizer<Real>& optimizer, napi_value row) {
  return borrow<double>(Env(), row, "row", Count::exactly(optimizer.recordLength())).data();
}

/// The memory of arrays of our type and lengths.
template <typename Real>
std::vector<Real*> OptimizerBinding::borrowLike(const Optimizer<Real>& optimizer, napi_value list, const char* name,
                                                Memory memory) {
  const std::vector<napi_value> items = itemsOf(Env(), list, name, optimizer.parameters().list().size());
  std::vector<Real*> result;
  for (size_t i = 0; i < items.size(); ++i) {
    const Borrowed array = borrow(Env(), items[i], Name(name, i));
    if (array.type != arrayTypeOf<Real>)
      throw Error("ERR_INVALID_ARGUMENT", Name(name, i) + " is a " + glissade::nameOf(array.type));
    if (array.length != optimizer.parameters().lengthOf(i))
      throw Error("ERR_SHAPE", Name(name, i) + " has " + std::to_string(array.length) + " elements, but had " +
                                   std::to_string(optimizer.parameters().lengthOf(i)) + " when the optimizer was made");
    checkMemory(Env(), array, Name(name, i), memory);
    result.push_back(array.as<Real>());
  }
  return result;
}

/// What steps write to. Arrays that share memory would be updated twice, in no defined order.
template <typename Real>
auto OptimizerBinding::writtenBy(const Bound<Real>& bound, const std::byte* state, const std::vector<Real*>& parameters)
    -> std::vector<Written> {
  std::vector<Written> written{{state, state + bound.optimizer.layout().bytes(), Written::kState}};
  for (size_t i = 0; i < parameters.size(); ++i)
    if (const size_t length = bound.optimizer.parameters().lengthOf(i); length > 0)
      written.push_back({parameters[i], parameters[i] + length, i});
  std::sort(written.begin(), written.end(), [](auto& a, auto& b) { return a.begin < b.begin; });
  for (size_t k = 1; k < written.size(); ++k) {
    if (written[k - 1].end > written[k].begin) {
      const auto& [first, second] = std::minmax(
          written[k - 1], written[k], [](const Written& a, const Written& b) { return a.parameter < b.parameter; });
      refuseOverlap(nameOf(first), nameOf(second));
    }
  }
  return written;
}

std::string OptimizerBinding::nameOf(const Written& array) {
  return (array.parameter == Written::kState ? Name("the optimizer's state") : Name("parameters", array.parameter))
      .text();
}

/// A gradient may be its own parameter, element by element; else it would change while it is read.
template <typename Real>
void OptimizerBinding::checkApart(const Bound<Real>& bound, size_t i, size_t length) {
  const Gradient& gradient = bound.gradients[i];
  const auto* const begin = static_cast<const std::byte*>(gradient.data);
  const std::byte* const end = begin + length * (gradient.isBfloat16 ? 2 : sizeof(Real));
  if (begin == end || (gradient.data == bound.parameters[i] && !gradient.isBfloat16 && !gradient.rows)) return;
  const auto after = std::lower_bound(bound.written.begin(), bound.written.end(), end,
                                      [](const Written& array, const void* address) { return array.begin < address; });
  if (after != bound.written.begin() && std::prev(after)->end > begin)
    refuseOverlap(Name("gradients", i).text(), nameOf(*std::prev(after)));
}

template <typename Real>
size_t columnsOf(const Optimizer<Real>& optimizer, size_t array) {
  return optimizer.parameters().lengthOf(array) / optimizer.parameters().list()[array].shape.front();
}

/// Copies the rows that a gradient is for: whoever shares their memory might change them under a step.
template <typename Real>
void OptimizerBinding::readRows(Bound<Real>& bound, size_t i, napi_value list) {
  const std::string name = Name("gradients", i) + ".rows";
  const auto rows = borrow<uint32_t>(Env(), list, name);
  if (!bound.optimizer.sparse().takes(i))
    throw Error("ERR_INVALID_ARGUMENT", Name("parameters", i) + " takes no sparse gradients");
  std::vector<uint32_t>& copy = bound.rows[i];
  copy.assign(rows.begin(), rows.end());
  const size_t count = bound.optimizer.parameters().list()[i].shape.front();
  for (const uint32_t row : copy)
    if (row >= count)
      throw Error("ERR_OUT_OF_RANGE", name + " holds " + std::to_string(row) + ", but " + Name("parameters", i) +
                                          " has " + std::to_string(count) + " rows");
}

// Until all of it has been checked, nothing has been lent.
template <typename Real>
void OptimizerBinding::lend(Bound<Real>& bound, napi_value parameters, napi_value gradients, napi_value rows,
                            Memory memory) {
  checkBound(bound);
  const std::vector<napi_value> rowLists = itemsOf(Env(), rows, "rows", bound.gradients.size());
  const std::vector<napi_value> items = itemsOf(Env(), gradients, "gradients", bound.gradients.size());
  std::vector<Real*> borrowed = borrowLike(bound.optimizer, parameters, "parameters", memory);
  checkIdle();  // no getter has begun a step
  if (borrowed != bound.parameters) {
    bound.written = writtenBy(bound, bound.state, borrowed);
    bound.parameters = std::move(borrowed);
  }
  for (size_t i = 0; i < items.size(); ++i) {
    if (bound.optimizer.parameters().list()[i].frozen && Napi::Value(Env(), items[i]).IsUndefined()) {
      bound.gradients[i] = {};
      continue;
    }
    const Borrowed gradient = borrow(Env(), items[i], Name("gradients", i));
    const bool isSparse = !Napi::Value(Env(), rowLists[i]).IsUndefined();
    if (isSparse) readRows(bound, i, rowLists[i]);
    const size_t length =
        isSparse ? bound.rows[i].size() * columnsOf(bound.optimizer, i) : bound.optimizer.parameters().lengthOf(i);
    const bool isBfloat16 = gradient.type == napi_uint16_array;
    if (gradient.type != arrayTypeOf<Real> && (!isBfloat16 || isSparse))
      throw Error("ERR_INVALID_ARGUMENT", Name("gradients", i) + " is a " + glissade::nameOf(gradient.type) + ", but " +
                                              Name("parameters", i) + " is a " + glissade::nameOf(arrayTypeOf<Real>));
    if (gradient.length != length && isSparse)
      throw Error("ERR_SHAPE", Name("gradients", i) + ".values has " + std::to_string(gradient.length) +
                                   " elements, but its rows have " + std::to_string(length));
    if (gradient.length != length)
      throw Error("ERR_SHAPE", Name("gradients", i) + " has " + std::to_string(gradient.length) + " elements, but " +
                                   Name("parameters", i) + " has " + std::to_string(length));
    checkMemory(Env(), gradient, Name("gradients", i), memory);
    bound.gradients[i] = {gradient.data, isBfloat16, isSparse ? &bound.rows[i] : nullptr};
    checkApart(bound, i, gradient.length);
  }
  bound.optimizer.sparse().reserve(bound.gradients.data());
}

// lend(parameters, gradients, rows): for the steps that follow, until their memory moves.
Napi::Value OptimizerBinding::Lend(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    hasLent_ = false;
    visit([&](auto& bound) { lend(bound, info[0], info[1], info[2]); });
    hasLent_ = true;
    lent_ = {Napi::Persistent(info[0].As<Napi::Array>()), Napi::Persistent(info[1].As<Napi::Array>())};
  });
  return info.Env().Undefined();
}

/// Small work is done at once on this thread; large work by the engine, while this one waits.
void OptimizerBinding::run(size_t elements, const Engine::Work& work) {
  if (elements > kSmallStep) return Engine::instance().runForCaller(work);
  const FlushDenormals flush;
  while (work(Member(0, 1)))
    ;
}

// step(row: Float64Array, weight, isLast): "stepped", "accumulated" or "notFinite".
Napi::Value OptimizerBinding::Step(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    return visit([&]<typename Real>(Bound<Real>& bound) -> Napi::Value {
      checkBound(bound);
      checkLent();
      const Kernels& table = kernels();
      const double* const row = borrowRow(bound.optimizer, info[0]);
      const double weight = Argument(info, 1, "weight").number();
      const bool isLast = Argument(info, 2, "isLast").flag();
      typename Optimizer<Real>::Outcome outcome{};
      run(bound.optimizer.workOf(bound.gradients.data()), [&](const Member& member) {
        const auto ours = bound.optimizer.step(table, member, row, weight, isLast, bound.lent());
        if (member.isFirst()) outcome = ours;
        return false;
      });
      return Napi::String::New(env, wordFor<Real>(outcome));
    });
  });
}

// stepAsync(parameters, gradients, rows, row, weight, isLast): a promise. All arrays are in shared memory.
Napi::Value OptimizerBinding::StepAsync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    return visit([&]<typename Real>(Bound<Real>& bound) -> Napi::Value {
      checkIdle();
      const double weight = Argument(info, 4, "weight").number();
      const bool isLast = Argument(info, 5, "isLast").flag();
      hasLent_ = false;
      lend(bound, info[0], info[1], info[2], Memory::shared);
      const double* const row = borrowRow(bound.optimizer, info[3]);
      struct Work {
        std::vector<double> row;
        double weight;
        bool isLast;
        typename Optimizer<Real>::Outcome outcome{};
      };
      const auto work = std::make_shared<Work>(Work{{row, row + bound.optimizer.recordLength()}, weight, isLast});
      auto promise = std::make_shared<Napi::Promise::Deferred>(env);
      Addon& addon = Addon::of(env);
      const auto ticket = std::make_shared<Addon::Ticket>();
      const auto step = [&bound, work, table = &kernels()](const Member& member) {
        const auto outcome =
            bound.optimizer.step(*table, member, work->row.data(), work->weight, work->isLast, bound.lent());
        if (member.isFirst()) work->outcome = outcome;
      };
      const auto letter =
          std::make_shared<Addon::Letter>(Addon::letter([this, &addon, ticket, promise, work](Napi::Env env) {
            addon.release(*ticket);
            lent_ = {};
            busy_ = false;
            Unref();
            promise->Resolve(Napi::String::New(env, wordFor<Real>(work->outcome)));
          }));
      const auto job = std::make_shared<StepJob>(step, [&addon, letter] { addon.post(std::move(*letter)); });
      *ticket = addon.follow({job, [] {}}, [&] { Engine::instance().submit(job); });
      lent_ = {Napi::Persistent(info[0].As<Napi::Array>()), Napi::Persistent(info[1].As<Napi::Array>())};
      busy_ = true;
      Ref();
      return promise->Promise();
    });
  });
}

// catchUp(parameters)
Napi::Value OptimizerBinding::CatchUp(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    visit([&]<typename Real>(Bound<Real>& bound) {
      checkBound(bound);
      const std::vector<Real*> parameters = borrowLike(bound.optimizer, info[0], "parameters");
      const Lent<Real> lent{bound.gradients.data(), parameters.data(), bound.state};
      typename SparseUpdates<Real>::Walk walk;
      run(bound.optimizer.parameters().size(), [&, t = bound.optimizer.stepsOf(bound.state)](const Member& member) {
        return bound.optimizer.sparse().catchUp(kernels(), member, lent, t, walk);
      });
    });
  });
  return info.Env().Undefined();
}

// restore(slab: Uint8Array): goes on from a copy of a slab, aligned as it is; what it holds is checked first.
Napi::Value OptimizerBinding::Restore(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    visit([&](auto& bound) {
      checkBound(bound);
      const size_t bytes = bound.optimizer.layout().bytes();
      const auto slab = Argument(info, 0, "slab").array<std::byte>(Count::exactly(bytes));
      if (reinterpret_cast<uintptr_t>(slab.data()) % alignof(double) != 0)
        throw Error("ERR_INVALID_ARGUMENT", "the slab is not aligned as that of the state");
      const std::string fault = bound.optimizer.faultOf(kernels(), slab.data());
      if (!fault.empty()) throw Error("ERR_CORRUPT_FILE", fault);
      std::copy_n(slab.data(), bytes, bound.state);
      bound.optimizer.recall(kernels(), bound.state);
    });
  });
  return info.Env().Undefined();
}

// points(kind: "lookahead" | "worst" | "evaluation", row, parameters, points): fills points, with lent gradients for
// the worst.
Napi::Value OptimizerBinding::Points(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    visit([&]<typename Real>(Bound<Real>& bound) {
      checkBound(bound);
      using OfRules = glissade::Points<Real>;
      constexpr Words<decltype(&OfRules::gradient), 3> kKinds = {
          {"lookahead", &OfRules::gradient}, {"worst", &OfRules::worst}, {"evaluation", &OfRules::evaluation}};
      const auto read = Argument(info, 0, "kind").word(kKinds);
      if (read == &OfRules::worst) checkLent();
      const std::vector<Real*> parameters = borrowLike(bound.optimizer, info[2], "parameters");
      const Lent<Real> lent{bound.gradients.data(), parameters.data(), bound.state};
      const std::vector<Real*> points = borrowLike(bound.optimizer, info[3], "points");
      const double* const row = borrowRow(bound.optimizer, info[1]);
      const Kernels& table = kernels();
      run(bound.optimizer.parameters().size(), [&](const Member& member) {
        (bound.optimizer.points().*read)(table, member, row, lent, points.data());
        return false;
      });
    });
  });
  return info.Env().Undefined();
}

}  // namespace glissade
