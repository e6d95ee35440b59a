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

std::string indexed(const char* name, size_t i) { return std::string(name) + "[" + std::to_string(i) + "]"; }

/// The first items of an array. To read them may run JavaScript (getters, proxies), which may detach buffers: so first
/// all are read, then memory is borrowed.
std::vector<napi_value> itemsOf(napi_env env, napi_value array, size_t count) {
  std::vector<napi_value> items(count);
  for (uint32_t i = 0; i < count; ++i)
    if (napi_get_element(env, array, i, &items[i]) != napi_ok) throw Napi::Error::New(env);
  return items;
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

Clipping clippingNamed(std::string_view name) {
  if (name == "value") return Clipping::value;
  if (name == "norm") return Clipping::norm;
  if (name == "columns") return Clipping::columns;
  return name == "rows" ? Clipping::rows : Clipping::none;
}

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

OptimizerOptions optimizerOptionsOf(Napi::Object options) {
  const std::string state = options.Get("state").ToString();
  OptimizerOptions result;
  const auto rules = options.Get("rules").As<Napi::Array>();
  for (uint32_t i = 0; i < rules.Length(); ++i) result.rules.push_back(rules.Get(i).ToString());
  result.maximize = options.Get("maximize").ToBoolean();
  result.clipping = clippingNamed(std::string(options.Get("clipping").ToString()));
  result.clippingEpsilon = options.Get("clippingEpsilon").ToNumber().DoubleValue();
  result.checksFinite = options.Get("checksFinite").ToBoolean();
  result.accumulates = options.Get("accumulates").ToBoolean();
  result.averages = options.Get("averages").ToBoolean();
  result.looksBack = options.Get("looksBack").ToBoolean();
  result.scheduled = options.Get("scheduled").ToBoolean();
  result.state = state == "uint8" ? Encoding::uint8 : state == "bfloat16" ? Encoding::bfloat16 : Encoding::plain;
  return result;
}

Napi::Function OptimizerBinding::define(Napi::Env env) {
  return DefineClass(
      env, "Optimizer",
      {InstanceMethod("layout", &OptimizerBinding::Layout), InstanceMethod("bind", &OptimizerBinding::Bind),
       InstanceMethod("lend", &OptimizerBinding::Lend), InstanceMethod("step", &OptimizerBinding::Step),
       InstanceMethod("stepAsync", &OptimizerBinding::StepAsync), InstanceMethod("catchUp", &OptimizerBinding::CatchUp),
       InstanceMethod("history", &OptimizerBinding::History), InstanceMethod("recall", &OptimizerBinding::Recall),
       InstanceMethod("points", &OptimizerBinding::Points)});
}

// new Optimizer({ type, arrays: [{ shape, group, frozen, mayBeSparse, isOneMatrix }], rules, … })
OptimizerBinding::OptimizerBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<OptimizerBinding>(info) {
  guarded(info.Env(), [&] {
    const auto options = info[0].As<Napi::Object>();
    const auto make = [&]<typename Real>(Real) {
      const auto list = options.Get("arrays").As<Napi::Array>();
      std::vector<Parameter> arrays;
      for (uint32_t i = 0; i < list.Length(); ++i) {
        const auto item = list.Get(i).As<Napi::Object>();
        const auto sides = item.Get("shape").As<Napi::Array>();
        std::vector<size_t> shape;
        for (uint32_t k = 0; k < sides.Length(); ++k)
          shape.push_back(static_cast<size_t>(sides.Get(k).ToNumber().Int64Value()));
        arrays.push_back({std::move(shape), static_cast<size_t>(item.Get("group").ToNumber().Int64Value()),
                          item.Get("frozen").ToBoolean(), item.Get("mayBeSparse").ToBoolean(),
                          item.Get("isOneMatrix").ToBoolean()});
      }
      const size_t count = arrays.size();
      bound_.template emplace<Bound<Real>>(Optimizer<Real>(optimizerOptionsOf(options), std::move(arrays)), nullptr,
                                           std::vector<Real*>(count), std::vector<Gradient>(count),
                                           std::vector<std::vector<uint32_t>>(count), std::vector<Written>());
    };
    if (std::string(options.Get("type").ToString()) == "float64")
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
      for (const StatePlace& place : bound.optimizer.state().places()) {
        auto item = Napi::Object::New(env);
        item.Set("name", place.name);
        if (place.array != StatePlace::kOfAll) item.Set("array", static_cast<double>(place.array));
        item.Set("type", wordFor(place.type));
        item.Set("offset", static_cast<double>(place.offset));
        item.Set("length", static_cast<double>(place.length));
        places.Set(places.Length(), item);
      }
      result.Set("bytes", static_cast<double>(bound.optimizer.state().bytes()));
      result.Set("rowLength", static_cast<double>(bound.optimizer.rowLength()));
      result.Set("places", places);
      return result;
    });
  });
}

// bind(slab: Uint8Array, parameters): the memory of the state, shared and zeroed.
Napi::Value OptimizerBinding::Bind(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Borrowed slab = borrow(info.Env(), info[0], "slab");
    visit([&]<typename Real>(Bound<Real>& bound) {
      if (slab.length < bound.optimizer.state().bytes()) throw Error("ERR_SHAPE", "the state does not fit the slab");
      bound.state = slab.as<std::byte>();
      bound.parameters = borrowLike(bound.optimizer, info[1], "parameters");
      bound.written = writtenBy(bound, bound.parameters);
    });
    slab_ = Napi::Persistent(static_cast<Napi::Value>(info[0]));
  });
  return info.Env().Undefined();
}

void OptimizerBinding::checkIdle() const {
  if (busy_) throw Error("ERR_BUSY", "the previous stepAsync of this optimizer has not finished; await it first");
}

/// The memory of arrays of our type and lengths.
template <typename Real>
std::vector<Real*> OptimizerBinding::borrowLike(const Optimizer<Real>& optimizer, napi_value list, const char* name) {
  const std::vector<napi_value> items = itemsOf(Env(), list, optimizer.parameters().list().size());
  std::vector<Real*> result;
  for (size_t i = 0; i < items.size(); ++i) {
    const Borrowed array = borrow(Env(), items[i], indexed(name, i));
    if (array.type != arrayTypeOf<Real>)
      throw Error("ERR_INVALID_ARGUMENT", indexed(name, i) + " is a " + glissade::nameOf(array.type));
    if (array.length != optimizer.parameters().lengthOf(i))
      throw Error("ERR_SHAPE", indexed(name, i) + " has " + std::to_string(array.length) + " elements, but had " +
                                   std::to_string(optimizer.parameters().lengthOf(i)) + " when the optimizer was made");
    result.push_back(array.as<Real>());
  }
  return result;
}

/// What steps write to. Arrays that share memory would be updated twice, in no defined order.
template <typename Real>
auto OptimizerBinding::writtenBy(const Bound<Real>& bound, const std::vector<Real*>& parameters)
    -> std::vector<Written> {
  std::vector<Written> written{{bound.state, bound.state + bound.optimizer.state().bytes(), Written::kState}};
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
  return array.parameter == Written::kState ? "the optimizer's state" : indexed("parameters", array.parameter);
}

/// A gradient may be its own parameter, element by element; else it would change while it is read.
template <typename Real>
void OptimizerBinding::checkApart(const Bound<Real>& bound, size_t i, size_t length) {
  const auto& [data, isBfloat16, rows] = bound.gradients[i];
  const auto* const begin = static_cast<const std::byte*>(data);
  const std::byte* const end = begin + length * (isBfloat16 ? 2 : sizeof(Real));
  if (begin == end || (data == bound.parameters[i] && !isBfloat16 && !rows)) return;
  const auto after = std::lower_bound(bound.written.begin(), bound.written.end(), end,
                                      [](const Written& array, const void* address) { return array.begin < address; });
  if (after != bound.written.begin() && std::prev(after)->end > begin)
    refuseOverlap(indexed("gradients", i), nameOf(*std::prev(after)));
}

template <typename Real>
size_t columnsOf(const Optimizer<Real>& optimizer, size_t array) {
  return optimizer.parameters().lengthOf(array) / optimizer.parameters().list()[array].shape.front();
}

/// Copies the rows that a gradient is for: whoever shares their memory might change them under a step.
template <typename Real>
void OptimizerBinding::readRows(Bound<Real>& bound, size_t i, napi_value list) {
  const std::string name = indexed("gradients", i) + ".rows";
  const Borrowed rows = borrow(Env(), list, name);
  if (rows.type != napi_uint32_array)
    throw Error("ERR_INVALID_ARGUMENT", name + " is a " + glissade::nameOf(rows.type));
  if (!bound.optimizer.takesSparse(i))
    throw Error("ERR_INVALID_ARGUMENT", indexed("parameters", i) + " takes no sparse gradients");
  std::vector<uint32_t>& copy = bound.rows[i];
  copy.assign(rows.as<const uint32_t>(), rows.as<const uint32_t>() + rows.length);
  const size_t count = bound.optimizer.parameters().list()[i].shape.front();
  for (const uint32_t row : copy)
    if (row >= count)
      throw Error("ERR_OUT_OF_RANGE", name + " holds " + std::to_string(row) + ", but " + indexed("parameters", i) +
                                          " has " + std::to_string(count) + " rows");
}

// Checks everything before anything is written.
template <typename Real>
void OptimizerBinding::lend(Bound<Real>& bound, napi_value parameters, napi_value gradients, napi_value rows) {
  checkIdle();
  const std::vector<napi_value> rowLists = itemsOf(Env(), rows, bound.gradients.size());
  const std::vector<napi_value> items = itemsOf(Env(), gradients, bound.gradients.size());
  std::vector<Real*> borrowed = borrowLike(bound.optimizer, parameters, "parameters");
  if (borrowed != bound.parameters) {
    bound.written = writtenBy(bound, borrowed);
    bound.parameters = std::move(borrowed);
  }
  for (size_t i = 0; i < items.size(); ++i) {
    if (bound.optimizer.parameters().list()[i].frozen && Napi::Value(Env(), items[i]).IsUndefined()) {
      bound.gradients[i] = {};
      continue;
    }
    const Borrowed gradient = borrow(Env(), items[i], indexed("gradients", i));
    const bool isSparse = !Napi::Value(Env(), rowLists[i]).IsUndefined();
    if (isSparse) readRows(bound, i, rowLists[i]);
    const size_t length =
        isSparse ? bound.rows[i].size() * columnsOf(bound.optimizer, i) : bound.optimizer.parameters().lengthOf(i);
    const bool isBfloat16 = gradient.type == napi_uint16_array;
    if (gradient.type != arrayTypeOf<Real> && (!isBfloat16 || isSparse))
      throw Error("ERR_INVALID_ARGUMENT", indexed("gradients", i) + " is a " + glissade::nameOf(gradient.type) +
                                              ", but " + indexed("parameters", i) + " is a " +
                                              glissade::nameOf(arrayTypeOf<Real>));
    if (gradient.length != length && isSparse)
      throw Error("ERR_SHAPE", indexed("gradients", i) + ".values has " + std::to_string(gradient.length) +
                                   " elements, but its rows have " + std::to_string(length));
    if (gradient.length != length)
      throw Error("ERR_SHAPE", indexed("gradients", i) + " has " + std::to_string(gradient.length) + " elements, but " +
                                   indexed("parameters", i) + " has " + std::to_string(length));
    bound.gradients[i] = {gradient.data, isBfloat16, isSparse ? &bound.rows[i] : nullptr};
    checkApart(bound, i, gradient.length);
  }
}

// lend(parameters, gradients, rows): for the steps that follow, until their memory moves.
Napi::Value OptimizerBinding::Lend(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    visit([&](auto& bound) { lend(bound, info[0], info[1], info[2]); });
    lent_ = {Napi::Persistent(info[0].As<Napi::Array>()), Napi::Persistent(info[1].As<Napi::Array>())};
  });
  return info.Env().Undefined();
}

/// Small work is done at once on this thread; large work by the engine, while this one waits.
template <typename Real>
void OptimizerBinding::run(const Optimizer<Real>& optimizer, const std::function<void(const Member&)>& work) {
  if (optimizer.parameters().size() <= kSmallStep) {
    const FlushDenormals flush;
    work(Member(0, 1));
  } else {
    Engine::instance().runForCaller([&](const Member& member) {
      work(member);
      return false;
    });
  }
}

// step(row: Float64Array, weight, isLast): "stepped", "accumulated" or "notFinite".
Napi::Value OptimizerBinding::Step(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    return visit([&]<typename Real>(Bound<Real>& bound) -> Napi::Value {
      checkIdle();
      const Kernels& table = kernels();
      const auto* const row = borrow(env, info[0], "row").template as<const double>();
      const double weight = info[1].ToNumber().DoubleValue();
      const bool isLast = info[2].ToBoolean();
      typename Optimizer<Real>::Outcome outcome{};
      run(bound.optimizer, [&](const Member& member) {
        const auto ours = bound.optimizer.step(table, member, row, weight, isLast, bound.lent());
        if (member.isFirst()) outcome = ours;
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
      lend(bound, info[0], info[1], info[2]);
      const Borrowed row = borrow(env, info[3], "row");
      struct Work {
        std::vector<double> row;
        double weight;
        bool isLast;
        typename Optimizer<Real>::Outcome outcome{};
      };
      const auto work = std::make_shared<Work>(Work{
          {row.as<double>(), row.as<double>() + row.length}, info[4].ToNumber().DoubleValue(), info[5].ToBoolean()});
      auto promise = std::make_shared<Napi::Promise::Deferred>(env);
      Addon& addon = Addon::of(env);
      const auto ticket = std::make_shared<Addon::Ticket>();
      const auto step = [&bound, work, table = &kernels()](const Member& member) {
        const auto outcome =
            bound.optimizer.step(*table, member, work->row.data(), work->weight, work->isLast, bound.lent());
        if (member.isFirst()) work->outcome = outcome;
      };
      const auto job = std::make_shared<StepJob>(step, [this, &addon, ticket, promise, work] {
        addon.post([this, &addon, ticket, promise, work](Napi::Env env) {
          addon.release(*ticket);
          lent_ = {};
          busy_ = false;
          Unref();
          promise->Resolve(Napi::String::New(env, wordFor<Real>(work->outcome)));
        });
      });
      *ticket = addon.follow({job, [] {}}, [&] { Engine::instance().submit(job); });
      lent_ = {Napi::Persistent(info[0].As<Napi::Array>()), Napi::Persistent(info[1].As<Napi::Array>())};
      busy_ = true;
      Ref();
      return promise->Promise();
    });
  });
}

// catchUp(row, parameters)
Napi::Value OptimizerBinding::CatchUp(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    visit([&]<typename Real>(Bound<Real>& bound) {
      checkIdle();
      const auto* const row = borrow(info.Env(), info[0], "row").template as<const double>();
      const std::vector<Real*> parameters = borrowLike(bound.optimizer, info[1], "parameters");
      const typename Optimizer<Real>::Lent lent{bound.gradients.data(), parameters.data(), bound.state};
      run(bound.optimizer, [&](const Member& member) { bound.optimizer.catchUp(kernels(), member, row, lent); });
    });
  });
  return info.Env().Undefined();
}

// history(): the rows that a restored optimizer has to recall
Napi::Value OptimizerBinding::History(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return visit([&](auto& bound) -> Napi::Value {
      const std::vector<double>& history = bound.optimizer.history();
      auto rows = Napi::Float64Array::New(info.Env(), history.size());
      std::copy(history.begin(), history.end(), rows.Data());
      return rows;
    });
  });
}

// recall(start, rows: Float64Array)
Napi::Value OptimizerBinding::Recall(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Borrowed rows = borrow(info.Env(), info[1], "rows");
    visit([&](auto& bound) {
      bound.optimizer.recall(info[0].ToNumber().Int64Value(),
                             {rows.as<const double>(), rows.as<const double>() + rows.length});
    });
  });
  return info.Env().Undefined();
}

// points(kind: "lookahead" | "worst" | "evaluation", row, parameters, points): fills points, with lent gradients for
// the worst.
Napi::Value OptimizerBinding::Points(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    visit([&]<typename Real>(Bound<Real>& bound) {
      checkIdle();
      const std::string kind = info[0].ToString();
      const auto* const row = borrow(info.Env(), info[1], "row").template as<const double>();
      const std::vector<Real*> parameters = borrowLike(bound.optimizer, info[2], "parameters");
      const typename Optimizer<Real>::Lent lent{bound.gradients.data(), parameters.data(), bound.state};
      const std::vector<Real*> points = borrowLike(bound.optimizer, info[3], "points");
      const Kernels& table = kernels();
      const auto read = kind == "worst"        ? &Optimizer<Real>::worstPoint
                        : kind == "evaluation" ? &Optimizer<Real>::evaluation
                                               : &Optimizer<Real>::lookahead;
      run(bound.optimizer,
          [&](const Member& member) { (bound.optimizer.*read)(table, member, row, lent, points.data()); });
    });
  });
  return info.Env().Undefined();
}

}  // namespace glissade
