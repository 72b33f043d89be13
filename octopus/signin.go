package octopus

import "context"

// SignIn logs in anew, whether or not there is an access token, and keeps the tokens for the calls that follow. Every
// call logs in by itself when it must; this is for those who want to know whether the credentials are good and how
// long a login takes. It is tried as often as can be done at once within the vendor's quota of logins.
func (c *Client) SignIn(ctx context.Context) error {
	s, err := c.login(ctx, loginBurst)
	if err != nil {
		return err
	}
	s.fromLogin = true
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	c.tokens.session = s
	return nil
}
