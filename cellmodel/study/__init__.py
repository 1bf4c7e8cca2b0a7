"""What the experiments share: from options to preparations, from responses to rows and figures."""
