namespace Concord.Data.Fetching;

/// <summary>An address that does not give the file, whatever the reason: another one is to be tried.</summary>
internal sealed class AddressFailure(string message, Exception? inner = null) : Exception(message, inner);
