// The decompositions of small matrices. The build puts this package into this module.
export {
  EigenvalueDecomposition,
  Matrix,
  QrDecomposition,
  SingularValueDecomposition,
  solve,
} from 'ml-matrix'; // typed, well kept; brings four small packages
