using MlxVideo.Coordinator.Examination;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Security;

namespace MlxVideo.Coordinator.Commands;

/// <summary>Composes the handlers of the farm's commands.</summary>
internal static class CommandServices
{
    /// <summary>Registers the services.</summary>
    /// <param name="tls">Certificates; null for a farm without.</param>
    public static void AddFarmCommands(this IServiceCollection services, CoordinatorTls? tls)
    {
        services.AddSingleton<FarmQueryClient>();
        services.AddSingleton<FarmHistory>();
        services.AddSingleton(provider => Create<SecurityCommands>(provider, tls));
        services.AddSingleton(provider => Create<FarmExaminer>(provider, tls));
        services.AddSingleton<ICommandGroup, BatchCommands>();
        services.AddSingleton<ICommandGroup, LogCommands>();
        services.AddSingleton<ICommandGroup, WorkerCommands>();
        services.AddSingleton<ICommandGroup, StatusCommands>();
        services.AddSingleton<ICommandGroup, ClusterCommands>();
        services.AddSingleton<CommandHandlers>();
        services.AddSingleton<LocalFarmGateway>();
    }

    private static T Create<T>(IServiceProvider provider, CoordinatorTls? tls) => tls is null
        ? ActivatorUtilities.CreateInstance<T>(provider)
        : ActivatorUtilities.CreateInstance<T>(provider, tls);
}
