using System.CommandLine;
using MlxVideo.Shared.Access;

namespace MlxVideo.Cli.Farm.Access;

/// <summary>The options of every command that talks to a coordinator.</summary>
internal sealed class ConnectionOptions
{
    /// <summary><c>--api</c>: address of the coordinator's HTTP API.</summary>
    public Option<Uri> Api { get; } = new("--api")
    {
        Description = "Address of the coordinator's HTTP API; https if the farm has certificates.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080"),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
                return uri;
            result.AddError($"--api {result.Tokens[0].Value} is not an HTTP address: use one such as http://127.0.0.1:8080.");
            return null;
        },
    };

    /// <summary><c>--token</c>: the operator's token.</summary>
    public Option<string?> Token { get; } = new("--token")
    {
        Description = "Operator's token for https; by default from the variable MLXVIDEO_FARM_TOKEN, or as stored by 'farm init'.",
    };

    /// <summary>Connects to the coordinator that the options name.</summary>
    public Task<FarmConnection> OpenAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        FarmConnection.OpenAsync(parsed.GetRequiredValue(Api), parsed.GetValue(Token), cancellationToken);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(Api);
        command.Options.Add(Token);
    }
}
