// Fields of forms, each with its hint and with what the API says is wrong with it.

import { type ReactNode, useId, useState } from "react";
import { ApiError } from "../api/client";

/** What the API answers when If-Match does not. */
const CHANGED_MEANWHILE = 412;

/** What is wrong, by the field's name as the API has it. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Runs what sends a form, and keeps what the API says of each field. What belongs to no field of `known` is thrown on. */
export function useFieldErrors(known: readonly string[]): { errors: FieldErrors; submit: (work: () => Promise<void>) => Promise<void> } {
  const [errors, setErrors] = useState<FieldErrors>({});
  const submit = async (work: () => Promise<void>) => {
    setErrors({});
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === CHANGED_MEANWHILE) throw new Error("Somebody else changed it meanwhile, so nothing was saved. Open it again to start from what it is now.");
      const problems = error.errors.length > 0 ? error.errors : [{ field: error.field, message: error.message }];
      const isKnown = (field: string | undefined): field is string => field !== undefined && known.includes(field);
      setErrors(Object.fromEntries(problems.flatMap(({ field, message }) => (isKnown(field) ? [[field, withoutName(field, message)]] : []))));
      const rest = problems.filter(({ field }) => !isKnown(field)).map(({ message }) => message);
      throw new Error(rest.length > 0 ? rest.join(" ") : "Not saved: see the fields marked above.");
    }
  };
  return { errors, submit };
}

/** Beside the field its name goes without saying: "time_window_minutes must be ..." reads "Must be ...". */
function withoutName(field: string, message: string): string {
  const rest = message.startsWith(`${field} `) ? message.slice(field.length + 1) : message;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

/** A label, a control that `children` makes with the attributes it is given, a hint and an error. */
export function Field({ label, hint, error, children }: FieldProps & { children: (attributes: ControlAttributes) => ReactNode }) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">{label}</label>
      {children({ id, "aria-invalid": error !== undefined, "aria-describedby": describedBy || undefined })}
      {error && <span id={`${id}-error`} className="field-error">{error}</span>}
      {hint && <span id={`${id}-hint`} className="muted small">{hint}</span>}
    </div>
  );
}

export interface ControlAttributes {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
}

export interface TextFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "url" | "number";
  placeholder?: string;
  isMono?: boolean;
}

export function TextField({ value, onChange, type = "text", placeholder, isMono = false, ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      {(attributes) => (
        <input
          {...attributes} className={isMono ? "input mono" : "input"} type={type} autoComplete="off" spellCheck={false} placeholder={placeholder}
          value={value} onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
