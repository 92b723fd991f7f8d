using Akka.Actor;
using MlxVideo.Cluster.Security;
using MlxVideo.Coordinator.Farm;

namespace MlxVideo.Coordinator.Security;

/// <summary>Composes the coordinator's access control.</summary>
internal static class FarmSecurity
{
    /// <summary>Registers the services.</summary>
    /// <param name="tls">Certificates; null for a farm without.</param>
    /// <param name="publicPaths">Paths that need neither a token nor a certificate.</param>
    public static void AddFarmSecurity(this IServiceCollection services, CoordinatorTls? tls, params IReadOnlyList<string> publicPaths)
    {
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<ConnectionLimits>();
        services.AddSingleton<ClusterAddress>();
        services.AddSingleton(provider => new HttpAccess(tls, publicPaths, provider.GetRequiredService<RefusalLog>()));
        services.AddSingleton<IClusterMembership>(provider => tls is null
            ? new ClusterMembership(provider.GetRequiredService<ActorSystem>())
            : new AdmittedWorkers(
                provider.GetRequiredService<ActorSystem>(), tls, provider.GetRequiredService<RefusalLog>()));
    }

    /// <summary>Adds the middleware that refuses requests; it must run before any endpoint.</summary>
    public static void UseFarmAccess(this WebApplication app)
    {
        var access = app.Services.GetRequiredService<HttpAccess>();
        app.Use(access.RunAsync);
    }
}
