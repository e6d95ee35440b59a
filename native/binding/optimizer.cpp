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
template <typename Real>
class StepJob : public Job {
 public:
  StepJob(const Optimizer<Real>& optimizer, typename Optimizer<Real>::Lent lent, Real scale,
          std::function<void()> finished)
      : optimizer_(optimizer), lent_(lent), scale_(scale), finished_(std::move(finished)) {}

  Progress advance(Team& team) noexcept override {
    const Kernels& table = kernels();
    team.parallel([&](const Member& member) { optimizer_.update(table, member, scale_, lent_); });
    finished_();
    return Progress::done;
  }

 private:
  const Optimizer<Real>& optimizer_;
  typename Optimizer<Real>::Lent lent_;
  Real scale_;
  std::function<void()> finished_;
};

}  // namespace

Napi::Function OptimizerBinding::define(Napi::Env env) {
  return DefineClass(
      env, "Optimizer",
      {InstanceMethod("step", &OptimizerBinding::Step), InstanceMethod("stepAsync", &OptimizerBinding::StepAsync)});
}

// new Optimizer({ rule, type, parameters, states }): `states` holds the rule's states of each parameter in turn, shared
// arrays of its length.
OptimizerBinding::OptimizerBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<OptimizerBinding>(info) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    const auto options = info[0].As<Napi::Object>();
    if (std::string(options.Get("type").ToString()) == "float64")
      bound_ = bind<double>(env, options);
    else
      bound_ = bind<float>(env, options);
    states_ = Napi::Persistent(options.Get("states").As<Napi::Array>());
  });
}

template <typename Real>
OptimizerBinding::Bound<Real> OptimizerBinding::bind(Napi::Env env, Napi::Object options) {
  const auto parameters = options.Get("parameters").As<Napi::Array>(), states = options.Get("states").As<Napi::Array>();
  std::vector<typename Optimizer<Real>::Array> arrays;
  std::vector<Written> written;
  for (uint32_t i = 0; i < parameters.Length(); ++i) {
    const std::string name = indexed("parameters", i);
    const Borrowed parameter = borrow(env, parameters.Get(i), name);
    if (parameter.type != arrayTypeOf<Real>)
      throw Error("ERR_INVALID_ARGUMENT", name + " is a " + glissade::nameOf(parameter.type));
    arrays.push_back({parameter.length});
    const auto* const data = parameter.as<const Real>();
    if (parameter.length > 0) written.push_back({data, data + parameter.length, i, false});
  }
  Bound<Real> bound{Optimizer<Real>(std::string(options.Get("rule").ToString()), std::move(arrays)), {}, {}, {}, {}};
  const size_t stateCount = bound.optimizer.stateCount();
  for (uint32_t i = 0; i < states.Length(); ++i) {
    const Borrowed state = borrow(env, states.Get(i), indexed("states", i));
    if (state.type != arrayTypeOf<Real> || state.length != bound.optimizer.arrays()[i / stateCount].length)
      throw Error("ERR_SHAPE", indexed("states", i) + " does not fit its parameter");
    bound.states.push_back(state.as<Real>());
    if (state.length > 0)
      written.push_back({bound.states.back(), bound.states.back() + state.length, i / stateCount, true});
  }
  if (bound.states.size() != stateCount * parameters.Length()) throw Error("ERR_SHAPE", "states are missing");
  // Arrays that share memory would be updated twice, in no defined order.
  std::sort(written.begin(), written.end(), [](auto& a, auto& b) { return a.begin < b.begin; });
  for (size_t k = 1; k < written.size(); ++k) {
    if (written[k - 1].end > written[k].begin) {
      const auto& [first, second] = std::minmax(
          written[k - 1], written[k], [](const Written& a, const Written& b) { return a.parameter < b.parameter; });
      refuseOverlap(nameOf(first), nameOf(second));
    }
  }
  bound.written = std::move(written);
  bound.parameters.resize(parameters.Length());
  bound.gradients.resize(parameters.Length());
  return bound;
}

// Checks everything before anything is written.
template <typename Real>
void OptimizerBinding::prepare(const Napi::CallbackInfo& info, Bound<Real>& bound) {
  const Napi::Env env = info.Env();
  if (busy_) throw Error("ERR_BUSY", "the previous stepAsync of this optimizer has not finished; await it first");
  const std::vector<napi_value> parameters = itemsOf(env, info[0], bound.parameters.size()),
                                gradients = itemsOf(env, info[1], bound.gradients.size());
  for (uint32_t i = 0; i < bound.parameters.size(); ++i) {
    const Borrowed parameter = borrow(env, parameters[i], indexed("parameters", i));
    const Borrowed gradient = borrow(env, gradients[i], indexed("gradients", i));
    const size_t length = bound.optimizer.arrays()[i].length;
    if (parameter.length != length)
      throw Error("ERR_SHAPE", indexed("parameters", i) + " has " + std::to_string(parameter.length) +
                                   " elements, but had " + std::to_string(length) + " when the optimizer was made");
    if (gradient.type != parameter.type)
      throw Error("ERR_INVALID_ARGUMENT", indexed("gradients", i) + " is a " + glissade::nameOf(gradient.type) +
                                              ", but " + indexed("parameters", i) + " is a " +
                                              glissade::nameOf(parameter.type));
    if (gradient.length != length)
      throw Error("ERR_SHAPE", indexed("gradients", i) + " has " + std::to_string(gradient.length) + " elements, but " +
                                   indexed("parameters", i) + " has " + std::to_string(length));
    bound.parameters[i] = parameter.as<Real>();
    bound.gradients[i] = gradient.as<const Real>();
    checkApart(bound, i);
  }
  bound.optimizer.prepare(kernels(), borrow(env, info[2], "hyperparameters").template as<const double>(),
                          info[3].ToNumber().Int64Value());
}

std::string OptimizerBinding::nameOf(const Written& array) {
  return (array.isState ? "the state of " : "") + indexed("parameters", array.parameter);
}

/// A gradient may be its own parameter, element by element; else it would change while it is read.
template <typename Real>
void OptimizerBinding::checkApart(const Bound<Real>& bound, size_t i) {
  const Real *const begin = bound.gradients[i], *const end = begin + bound.optimizer.arrays()[i].length;
  if (begin == end || begin == bound.parameters[i]) return;
  const auto after = std::lower_bound(bound.written.begin(), bound.written.end(), end,
                                      [](const Written& array, const void* address) { return array.begin < address; });
  if (after != bound.written.begin() && std::prev(after)->end > begin)
    refuseOverlap(indexed("gradients", i), nameOf(*std::prev(after)));
}

// step(parameters, gradients, hyperparameters: Float64Array, t, gradientScale)
Napi::Value OptimizerBinding::Step(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    visit([&]<typename Real>(Bound<Real>& bound) {
      prepare(info, bound);
      const Kernels& table = kernels();
      const Real scale = static_cast<Real>(info[4].ToNumber().DoubleValue());
      if (bound.optimizer.size() <= kSmallStep) {
        const FlushDenormals flush;
        bound.optimizer.update(table, Member(0, 1), scale, bound.lent());
      } else {
        Engine::instance().runForCaller([&](const Member& member) {
          bound.optimizer.update(table, member, scale, bound.lent());
          return false;
        });
      }
    });
  });
  return info.Env().Undefined();
}

// stepAsync(parameters, gradients, hyperparameters, t, gradientScale): a promise. All arrays are in shared memory.
Napi::Value OptimizerBinding::StepAsync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    return visit([&]<typename Real>(Bound<Real>& bound) -> Napi::Value {
      prepare(info, bound);
      auto promise = std::make_shared<Napi::Promise::Deferred>(env);
      Addon& addon = Addon::of(env);
      const auto ticket = std::make_shared<Addon::Ticket>();
      const auto job = std::make_shared<StepJob<Real>>(bound.optimizer, bound.lent(),
                                                       static_cast<Real>(info[4].ToNumber().DoubleValue()),
                                                       [this, &addon, ticket, promise] {
                                                         addon.post([this, &addon, ticket, promise](Napi::Env env) {
                                                           addon.release(*ticket);
                                                           lent_ = {};
                                                           busy_ = false;
                                                           Unref();
                                                           promise->Resolve(env.Undefined());
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

}  // namespace glissade
