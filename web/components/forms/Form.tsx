import type { ComponentChildren } from 'preact'

interface FormProps {
  class: string
  id?: string
  onSubmit: () => unknown
  children: ComponentChildren
}

/** A form that the page itself handles. */
export const Form = ({ onSubmit, ...props }: FormProps) => (
  <form
    {...props}
    onSubmit={(event) => {
      event.preventDefault()
      void onSubmit()
    }}
  />
)
