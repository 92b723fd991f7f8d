using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.EndToEnd.Tests.Interfaces;

/// <summary>The coordinator's port for pbm, in the format of the substitute of Petabridge.Cmd.</summary>
public sealed class PbmInterface(int port) : FarmInterface("pbm")
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public override async Task<CommandOutcome> RunAsync(FarmCommand command, IReadOnlyDictionary<string, string> arguments)
    {
        using var client = await ConnectAsync();
        await using var stream = client.GetStream();
        var options = string.Concat(Options(command, arguments).Select(
            each => command.Arguments.Any(argument => argument.IsFlag && argument.OptionName == each.Option)
                ? $" --{each.Option}"
                : $" --{each.Option} \"{each.Value}\""));
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{command.PaletteName} {command.Name}{options} --json\n"));
        using var reader = new StreamReader(stream);
        var line = await reader.ReadLineAsync().WaitAsync(Patience);
        var response = JsonDocument.Parse(line ?? throw new IOException("The connection was closed without a response.")).RootElement;
        var message = response.GetProperty("Msg").GetString()!;
        return response.GetProperty("IsError").GetBoolean()
            ? new CommandOutcome(null, message)
            : new CommandOutcome(JsonNode.Parse(message), null);
    }

    /// <summary>Connects, again while the port is not open yet: it is opened while the node starts.</summary>
    private async Task<TcpClient> ConnectAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, timeout.Token);
                return client;
            }
            catch (SocketException) when (!timeout.IsCancellationRequested)
            {
                client.Dispose();
                await Task.Delay(Pause, timeout.Token);
            }
        }
    }
}
