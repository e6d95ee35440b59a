import ts from 'typescript';

/**
 * The names that a TypeScript or JavaScript file imports or requires, including types. For a template, its beginning.
 */
export function importsIn(file: string, text: string): string[] {
  const names: string[] = [];
  const note = (node: ts.Node | undefined) => {
    if (node && ts.isStringLiteralLike(node)) names.push(node.text);
    else if (node && ts.isTemplateExpression(node) && node.head.text !== '') names.push(node.head.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) note(node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) note(node.expression);
    else if (ts.isImportTypeNode(node)) note(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
    else if (ts.isCallExpression(node) && isLoader(node.expression)) note(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return names;
}

const isLoader = (called: ts.Expression): boolean =>
  called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require');

/** The names that a module loads when it is loaded: neither types nor later imports. */
export function loadedBy(file: string, text: string): string[] {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest).statements.flatMap((node) => {
    if (!(ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) || !node.moduleSpecifier) return [];
    const clause = ts.isImportDeclaration(node) ? node.importClause : node;
    const bindings = clause && (ts.isImportClause(clause) ? !clause.name && clause.namedBindings : clause.exportClause);
    const isOfTypes =
      clause?.isTypeOnly ||
      (bindings &&
        (ts.isNamedImports(bindings) || ts.isNamedExports(bindings)) &&
        bindings.elements.every((one) => one.isTypeOnly));
    return isOfTypes ? [] : [(node.moduleSpecifier as ts.StringLiteral).text];
  });
}
