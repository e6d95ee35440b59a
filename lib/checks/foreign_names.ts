/**
 * Names in Keras, PyTorch, scikit-learn and others for what has another name here. Each line has our name, then theirs,
 * in lower case without underscores, hyphens, dots and spaces. A foreign name may stand for several of ours; a list of
 * known names then contains one of them.
 */
const table = `
learningRate: lr, eta, eta0, learningrateinit, initiallr, stepsize
batchSize: batch, bs, minibatch, minibatchsize
epochs: epoch, nepochs, numepochs, numtrainepochs, maxepochs, maxiter, niter, iterations
steps: maxsteps, totalsteps, numsteps, decaysteps, tmax, maxiter, iterations
optimizer: optim, optimiser, solver, rule, method
loss: criterion, objective, lossfn, lossfunction, costfunction
metrics: scoring
validation: validationdata, validationset, valdata, valset, evalset, evaldata, testdata, valid
earlyStopping: earlystop
minimumDelta: mindelta, tol, threshold
restoreBest: restorebestweights
seed: randomstate, randomseed, manualseed
groups: paramgroups
clip: clipnorm, clipvalue, clipgradnorm, clipgradvalue, globalclipnorm, gradclip, gradientclip, gradientclipval, maxgradnorm
accumulate: accumulationsteps, gradientaccumulationsteps, accumulategradbatches
average: useema, ema
weightDecay: l2, l2regularization, l2reg, wd, decay, regularization, lambda, reglambda
beta1: betas, b1, momentum, momentumdecay
beta2: b2, rho
decay: momentum, mu, rho, gamma, emamomentum, emadecay
epsilon: eps
factor: gamma, decayrate
from: baselr, initiallearningrate, initialvalue, learningrate, lr, startfactor
to: etamin, finallr, endlearningrate, endfactor, minlr
every: stepsize, frequency, period
warmup: warmupsteps, numwarmupsteps
parallel: njobs, numworkers
ranks: comm, communicator, processgroup
monitor: metricforbestmodel
outputs: units, outfeatures, outputdim, nout
inputs: infeatures, inputdim, inputshape, inputsize, x, features, data
targets: y, labels, label, target
weights: sampleweight, sampleweights, weight
classWeights: classweight, weight
positiveWeight: posweight, scaleposweight
labelSmoothing: smoothing
scale: normalize, rescale
type: dtype, floattype
layers: hiddenlayersizes, modules
kernel: kernelsize, filtersize
size: poolsize, kernelsize
channels: filters, outchannels
bias: usebias, fitintercept, intercept
initializer: kernelinitializer, weightinit, init
dimensions: embeddingdim, outputdim, dim
quantile: tau, alpha, q, pinball, pinballloss
delta: beta
squared: mse, mseloss, meansquarederror, squarederror, l2, l2loss, leastsquares
absolute: mae, maeloss, meanabsoluteerror, absoluteerror, l1, l1loss
huber: smoothl1, smoothl1loss, huberloss
crossEntropy: crossentropyloss, nll, nllloss, ce, categoricalcrossentropy, sparsecategoricalcrossentropy, softmaxcrossentropy, multinomial, negativeloglikelihood
logistic: bce, bceloss, bcewithlogits, bcewithlogitsloss, binarycrossentropy, binarycrossentropywithlogits, logloss, log, sigmoidcrossentropy
poisson: poissonnll, poissonnllloss
hinge: hingeloss, svm, categoricalhinge, multimarginloss, hingeembeddingloss
accuracy: acc, accuracyscore, binaryaccuracy, categoricalaccuracy, sparsecategoricalaccuracy
topK: topkaccuracy, topkcategoricalaccuracy, topkaccuracyscore, top5
logLoss: logloss, nll, crossentropy, negativeloglikelihood
auc: rocauc, rocaucscore, auroc, aucroc
averagePrecision: ap, prauc, auprc, averageprecisionscore
f1: f1score
precision: precisionscore
recall: recallscore, sensitivity
balancedAccuracy: balancedaccuracyscore
calibrationError: ece, expectedcalibrationerror
meanAbsoluteError: mae, l1
rootMeanSquaredError: rmse
r2: r2score
quantileLoss: pinball, pinballloss, meanpinballloss
validation.loss: valloss, evalloss, testloss
validation.accuracy: valaccuracy, valacc, evalaccuracy, testaccuracy
silu: swish
identity: linear, none
sigmoid: logistic, logsigmoid
heUniform: kaiminguniform, kaiminguniforminit
heNormal: kaimingnormal, kaiming, he
glorotUniform: xavieruniform, xavier
glorotNormal: xaviernormal
dense: linear, fullyconnected, fc
conv2d: conv, convolution, convolution2d
maxPool: maxpool2d, maxpooling2d
averagePool: avgpool, avgpool2d, averagepooling2d
globalPool: globalaveragepooling2d, adaptiveavgpool2d, globalavgpool
batchNorm: batchnorm1d, batchnorm2d, batchnormalization
layerNorm: layernormalization
average: mean, avg
concatenate: concat, cat
sum: add
dot: dotproduct, innerproduct
cosine: cosinesimilarity
permutation: random, shuffled
bfloat16: bf16, half, mixed, float16
float64: double, f64
float32: float, single, f32`;

const plainly = (name: string): string => name.toLowerCase().replace(/[-_. ]/g, '');

/** Our names by theirs. Built when a message first needs it. */
let ours: Map<string, string[]> | undefined;

/**
 * Our name for a name from another library, if it is among the known ones. Undefined if there is none, or if the two
 * differ only in capitals.
 */
export function nameHere(name: string, known: readonly string[]): string | undefined {
  if (ours === undefined) {
    ours = new Map();
    for (const line of table.trim().split('\n')) {
      const [own, theirs] = line.split(': ') as [string, string];
      for (const foreign of theirs.split(', ')) ours.set(foreign, [...(ours.get(foreign) ?? []), own]);
    }
  }
  const plain = plainly(name);
  const named = ours.get(plain)?.find((own) => known.includes(own)) ?? known.find((own) => plainly(own) === plain);
  return named?.toLowerCase() === name.toLowerCase() ? undefined : named;
}
