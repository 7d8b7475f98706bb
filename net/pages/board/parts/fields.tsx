// Labelled fields. Their values are texts; forms turn them into what the API takes.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  value: string;
  onValue: (value: string) => void;
  required?: boolean;
  disabled?: boolean;
  wide?: boolean;
  narrow?: boolean;
}

const fieldClass = ({ wide, narrow }: FieldProps): string => (wide ? "field wide" : narrow ? "field narrow" : "field");

interface TextFieldProps extends FieldProps {
  type?: "text" | "password" | "search" | "date" | "time" | "datetime-local";
  inputMode?: "numeric" | "decimal" | "text";
  maxLength?: number;
  placeholder?: string;
  list?: string;
  pattern?: string;
  name?: string;
}

export function TextField(props: TextFieldProps) {
  const id = useId();
  return (
    <div class={fieldClass(props)}>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        name={props.name}
        type={(props.type ?? "text") as "text"}
        inputMode={props.inputMode}
        maxLength={props.maxLength}
        placeholder={props.placeholder}
        pattern={props.pattern}
        {...(props.list ? { list: props.list } : {})}
        required={props.required}
        disabled={props.disabled}
        autocomplete="off"
        value={props.value}
        aria-describedby={props.hint ? id + "-hint" : undefined}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
      {props.hint && <small id={id + "-hint"}>{props.hint}</small>}
    </div>
  );
}

interface NumberFieldProps extends FieldProps {
  min?: number;
  max?: number;
  placeholder?: string;
}

export function NumberField(props: NumberFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="number"
        inputMode="numeric"
        step={1}
        min={props.min}
        max={props.max}
        placeholder={props.placeholder}
        required={props.required}
        disabled={props.disabled}
        value={props.value}
        aria-describedby={props.hint ? id + "-hint" : undefined}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
      {props.hint && <small id={id + "-hint"}>{props.hint}</small>}
    </div>
  );
}

export function SelectField(props: FieldProps & { options: { value: string; label: string }[] }) {
  const id = useId();
  return (
    <div class={fieldClass(props)}>
      <label for={id}>{props.label}</label>
      <select
        id={id}
        disabled={props.disabled}
        aria-describedby={props.hint ? id + "-hint" : undefined}
        value={props.value}
        onChange={(event) => props.onValue(event.currentTarget.value)}
      >
        {props.options.map(({ value, label }) => <option key={value} value={value} selected={value === props.value}>{label}</option>)}
      </select>
      {props.hint && <small id={id + "-hint"}>{props.hint}</small>}
    </div>
  );
}

export function CheckField(props: { label: string; hint?: string; value: boolean; onValue: (value: boolean) => void; disabled?: boolean }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.value}
        disabled={props.disabled}
        onChange={(event) => props.onValue(event.currentTarget.checked)}
      />
      <span>{props.label}{props.hint && <small>{props.hint}</small>}</span>
    </label>
  );
}
