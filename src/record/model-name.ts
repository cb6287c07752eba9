// What a model is called in tables, titles and messages.

/** The name that its config gives a model from a file, else the model's own. */
export const modelName = ({
  name,
  as,
}: {
  readonly name: string;
  readonly as?: string | undefined;
}): string => as ?? name;
