/// Stand-ins for the providers: they sign and send webhooks as the real ones do.
package enum Simulator {}
