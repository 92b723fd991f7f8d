using Microsoft.Extensions.DependencyInjection;
using MlxVideo.Coordinator.Commands;
using MlxVideo.Coordinator.Tests.Http;
using MlxVideo.Shared.Commands;

namespace MlxVideo.Coordinator.Tests.Commands;

public sealed class CommandHandlersTests
{
    [Fact]
    public async Task Every_command_has_a_handler_and_every_handler_a_command()
    {
        await using var api = await ApiUnderTest.StartAsync();
        Assert.Equal(
            FarmCommands.All.Select(command => command.RequestType.Name).Order(StringComparer.Ordinal),
            api.Services.GetRequiredService<CommandHandlers>().Requests.Select(type => type.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_and_paths_are_unique()
    {
        Assert.Equal(FarmCommands.All.Count, FarmCommands.All.Select(command => command.FullName).Distinct().Count());
        Assert.Equal(FarmCommands.All.Count, FarmCommands.All.Select(command => (command.Method, command.Path)).Distinct().Count());
    }
}
