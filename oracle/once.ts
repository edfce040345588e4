/** What is worked out once for each of a few arguments. */
export function once<Argument extends string | number, Result>(
  make: (argument: Argument) => Result,
): (argument: Argument) => Result {
  const known = new Map<Argument, Result>();
  return (argument) => {
    if (!known.has(argument)) known.set(argument, make(argument));
    return known.get(argument)!;
  };
}
