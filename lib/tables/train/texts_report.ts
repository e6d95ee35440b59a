/** How a column of texts becomes inputs. */
export interface TextColumnReport {
  /** Words of the longest sequence that is a feature. */
  readonly ngrams: number;
  /** Characters of the shortest and the longest subword, if subwords are features. */
  readonly subwords?: { readonly from: number; readonly to: number };
  /** The number of columns that features are hashed to, and of those that are inputs. */
  readonly hashed: number;
  readonly inputs: number;
}

/** How a model reads texts. Plain data. */
export interface TextsReport {
  readonly columns: Readonly<Record<string, TextColumnReport>>;
  /** The numbers of a word's vector; 0 for a linear model, which has none. */
  readonly width: number;
  /** With the option `vectors`, for a network. */
  readonly vectors?: {
    /** The name of the file. */
    readonly file: string;
    /** The number of different words in the rows, and of those that have a vector in the file. */
    readonly words: number;
    readonly withVector: number;
  };
}
