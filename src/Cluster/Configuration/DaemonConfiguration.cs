using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MlxVideo.Cluster.Configuration;

/// <summary>
/// The configuration of a daemon: <c>appsettings.json</c> in its data folder, environment variables and the command line, in order of
/// increasing precedence. docs/configuration.md lists the keys.
/// </summary>
public static class DaemonConfiguration
{
    /// <summary>Prefix of environment variables: <c>MLXVIDEO__FARM__LEASE</c> sets <c>Farm:Lease</c>.</summary>
    public const string EnvironmentPrefix = "MLXVIDEO__";

    /// <summary>Name of the configuration file in the data folder.</summary>
    public const string FileName = "appsettings.json";

    /// <summary>Reads the configuration.</summary>
    /// <param name="arguments">Values from the command line by key.</param>
    /// <exception cref="InvalidConfigurationException">The file is not valid JSON.</exception>
    public static IConfiguration Read(string dataFolder, IReadOnlyDictionary<string, string?> arguments)
    {
        var file = Path.Combine(dataFolder, FileName);
        try
        {
            return new ConfigurationBuilder()
                .AddJsonFile(file, optional: true)
                .AddEnvironmentVariables(EnvironmentPrefix)
                .AddInMemoryCollection(arguments)
                .Build();
        }
        catch (InvalidDataException ex)
        {
            throw new InvalidConfigurationException($"{file} can't be read: {ex.InnerException?.Message ?? ex.Message}", ex);
        }
    }

    /// <summary>Registers options that are bound to a section and validated at start.</summary>
    public static IServiceCollection AddDaemonOptions<TOptions>(
        this IServiceCollection services, IConfiguration configuration, string section)
        where TOptions : class
    {
        services.AddSingleton<IValidateOptions<TOptions>>(new AnnotationValidator<TOptions>(section));
        services.AddOptions<TOptions>()
            .Bind(configuration.GetSection(section), binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        return services;
    }

    /// <summary>Binds and validates the options of a section outside a host.</summary>
    /// <exception cref="InvalidConfigurationException">A value is invalid.</exception>
    public static TOptions Bind<TOptions>(this IConfiguration configuration, string section)
        where TOptions : class
    {
        using var services = new ServiceCollection().AddDaemonOptions<TOptions>(configuration, section).BuildServiceProvider();
        return InvalidConfigurationException.Guard(() => services.GetRequiredService<IOptions<TOptions>>().Value);
    }
}
